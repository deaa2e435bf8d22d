import { Alert, type AlertProps, Button, List, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconPlugConnectedX } from "@tabler/icons-react";
import { ApiError } from "../api/problem";
import { useLanguage } from "../i18n/useLanguage";

interface Props extends Pick<AlertProps, "mb"> {
  error: unknown;
  onRetry?: () => void;
}

/** Says what went wrong, why, and what to do about it. */
export function ProblemAlert({ error, onRetry, mb }: Props) {
  const { t, help } = useLanguage();
  const { title, detail, reason, fields, requestId, offline } = useExplanation(error);
  return (
    <Alert
      role="alert"
      mb={mb}
      color={offline ? "orange" : "red"}
      title={title}
      icon={offline ? <IconPlugConnectedX /> : <IconAlertTriangle />}
    >
      <Stack gap={6} align="flex-start">
        {detail && <Text size="sm">{detail}</Text>}
        {help(reason) && <Text size="sm">{help(reason)}</Text>}
        {fields.length > 0 && (
          <List size="sm">
            {fields.map((f) => (
              <List.Item key={f.field + f.description}>
                <span className="code">{f.field}</span> {f.description}
              </List.Item>
            ))}
          </List>
        )}
        {(reason || requestId) && (
          <Text size="xs" opacity={0.75} className="code">
            {[reason, requestId && `${t("common.error.requestId")} ${requestId}`]
              .filter(Boolean)
              .join(" · ")}
          </Text>
        )}
        {onRetry && mayHelp(error) && (
          <Button size="xs" variant="light" color={offline ? "orange" : "red"} onClick={onRetry}>
            {t("common.retry")}
          </Button>
        )}
      </Stack>
    </Alert>
  );
}

/** Asking again cannot change that something does not exist or is not allowed. */
function mayHelp(error: unknown): boolean {
  return !(error instanceof ApiError) || ![400, 403, 404, 422].includes(error.status);
}

function useExplanation(error: unknown) {
  const { t } = useLanguage();
  const none = { reason: "", requestId: "", fields: [], offline: false };
  if (!(error instanceof ApiError)) {
    const message = error instanceof Error ? error.message : String(error);
    return {
      ...none,
      title: t("common.error.internalTitle"),
      detail: t("common.error.internalText", { message }),
    };
  }
  switch (error.failure.kind) {
    case "problem": {
      const { title, detail, reason, fields, request_id } = error.failure.problem;
      return { title, detail, reason, fields, requestId: request_id, offline: false };
    }
    case "unreachable":
      return {
        ...none,
        offline: true,
        title: t("common.error.unreachableTitle"),
        detail: t("common.error.unreachableText"),
      };
    case "timeout":
      return {
        ...none,
        offline: true,
        title: t("common.error.timeoutTitle"),
        detail: t("common.error.timeoutText"),
      };
    case "unexpected":
      return {
        ...none,
        title: t("common.error.unexpectedTitle", { status: error.failure.status }),
        detail: t("common.error.unexpectedText"),
      };
  }
}

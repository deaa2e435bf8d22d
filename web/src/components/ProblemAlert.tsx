import { Alert, type AlertProps, Button, List, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconPlugConnectedX } from "@tabler/icons-react";
import { ApiError } from "../api/problem";
import { useLanguage } from "../i18n/useLanguage";

interface Props extends Pick<AlertProps, "mb"> {
  error: unknown;
  onRetry?: () => void;
  /** Fields that have an input which says itself what is wrong with it; here it would be said twice. */
  inputs?: readonly string[];
}

/** Says what went wrong, why, and what to do about it. */
export function ProblemAlert({ error, onRetry, mb, inputs = [] }: Props) {
  const { t, help, wrong, fieldName } = useLanguage();
  const { title, detail, reason, fields, requestId, offline } = useExplanation(error, inputs);
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
                {fieldName(f.field)}: {wrong(f.description)}
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

function useExplanation(error: unknown, inputs: readonly string[]) {
  const { t, refusal, help, language } = useLanguage();
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
      const { problem } = error.failure;
      const { title, reason, request_id } = problem;
      const refused = refusal(problem);
      // One sentence each: ours by the reason, else what is wrong with the fields, else the service's own.
      const atInputs =
        problem.fields.length > 0 && problem.fields.every((f) => inputs.includes(f.field));
      const fields = refused || atInputs ? [] : problem.fields;
      const foreign = language === "ko" && !/[가-힣]/.test(problem.detail.replace(/"[^"]*"/g, ""));
      const told = problem.fields.length > 0 || (foreign && help(reason) !== "");
      const detail = atInputs ? "" : (refused ?? (told ? "" : problem.detail));
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

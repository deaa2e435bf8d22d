import { Button, Group, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconEye, IconEyeOff, IconTrash } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { api } from "../../api/calls";
import { timelineQuery } from "../../api/queries";
import type { Contact } from "../../api/types";
import { Panel } from "../../components/Panel";
import { ProblemAlert } from "../../components/ProblemAlert";
import { When } from "../../components/When";
import { useLanguage } from "../../i18n/useLanguage";
import { useMay } from "../session/useMay";
import { EraseDialog } from "./EraseDialog";

const HIDE_AFTER_MS = 60_000;
const MASKED = "•••••";

/** Masked until an operator asks; what was revealed lives in this panel only, and not for long. */
export function ContactPanel({ orderId }: { orderId: string }) {
  const { t, language } = useLanguage();
  // The order does not say that its contact is gone; its story does, and the page has it anyway.
  const timeline = useQuery(timelineQuery(orderId, language));
  const erasure = timeline.data?.entries.findLast((entry) => entry.kind === "CONTACT_ERASED");
  const may = useMay();
  const { mutate, reset, data, error, isPending } = useMutation({
    mutationFn: () => api.revealContact(orderId),
    gcTime: 0,
  });
  useEffect(() => {
    if (!data) return;
    const timer = setTimeout(reset, HIDE_AFTER_MS);
    return () => clearTimeout(timer);
  }, [data, reset]);

  const [erasing, erases] = useDisclosure(false);
  const button = data ? (
    <Button
      size="compact-sm"
      variant="default"
      leftSection={<IconEyeOff size={15} />}
      onClick={reset}
    >
      {t("orders.detail.hide")}
    </Button>
  ) : (
    <Button
      size="compact-sm"
      variant="light"
      leftSection={<IconEye size={15} />}
      loading={isPending}
      onClick={() => mutate()}
    >
      {t("orders.detail.reveal")}
    </Button>
  );
  if (erasure || data?.erased) {
    return (
      <Panel title={t("orders.detail.contact")}>
        <Text size="sm">{t("orders.detail.erased")}</Text>
        {erasure && (
          <Text size="xs" c="dimmed" component="div">
            {t("orders.detail.erasedAt")} <When at={erasure.at} size="xs" span />
          </Text>
        )}
      </Panel>
    );
  }
  return (
    <Panel
      title={t("orders.detail.contact")}
      actions={
        <Group gap="xs">
          {may.own && (
            <Button
              size="compact-sm"
              variant="subtle"
              color="red"
              leftSection={<IconTrash size={15} />}
              onClick={erases.open}
            >
              {t("orders.erase.open")}
            </Button>
          )}
          {may.operate && button}
        </Group>
      }
    >
      <EraseDialog orderId={orderId} opened={erasing} onClose={erases.close} onErased={reset} />
      <Stack gap="xs">
        {error && <ProblemAlert error={error} />}
        <Facts contact={data} />
        <Text size="xs" c="dimmed">
          {data ? t("orders.detail.hidesSoon") : t("orders.detail.contactHint")}
        </Text>
      </Stack>
    </Panel>
  );
}

function Facts({ contact }: { contact: Contact | undefined }) {
  const { t } = useLanguage();
  const show = (...parts: (keyof Contact)[]) =>
    contact
      ? parts
          .map((part) => contact[part])
          .filter(Boolean)
          .join(" ") || t("common.none")
      : MASKED;
  const facts = [
    [t("orders.detail.orderer"), show("orderer_name", "orderer_phone")],
    [t("orders.detail.receiver"), show("receiver_name", "receiver_phone")],
    [
      t("orders.detail.address"),
      contact?.postcode
        ? `(${contact.postcode}) ${show("address1", "address2")}`
        : show("address1", "address2"),
    ],
    [t("orders.detail.note"), show("delivery_note")],
  ];
  return (
    <dl style={{ margin: 0, display: "grid", gridTemplateColumns: "auto 1fr", gap: "6px 14px" }}>
      {facts.map(([label, value]) => (
        <div key={label} style={{ display: "contents" }}>
          <Text component="dt" size="sm" c="dimmed">
            {label}
          </Text>
          <Text component="dd" size="sm" m={0} className="numeric">
            {value}
          </Text>
        </div>
      ))}
    </dl>
  );
}

import { Button, Card, Group, Modal, Stack, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../api/calls";
import { answerTemplatesQuery } from "../../api/queries";
import type { AnswerTemplate } from "../../api/types";
import { Loading } from "../../components/Blank";
import { confirm } from "../../components/confirm";
import { ProblemAlert } from "../../components/ProblemAlert";
import { useLanguage } from "../../i18n/useLanguage";
import { TemplateForm } from "./TemplateForm";

interface Props {
  opened: boolean;
  onClose: () => void;
}

/** The texts that answers begin from: written, changed, removed. */
export function TemplatesDialog({ opened, onClose }: Props) {
  const { t } = useLanguage();
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      size="lg"
      title={t("inquiries.template.title")}
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      {opened && <Templates />}
    </Modal>
  );
}

function Templates() {
  const { t } = useLanguage();
  const templates = useQuery(answerTemplatesQuery);
  const [edited, setEdited] = useState<AnswerTemplate | "new">();
  const queryClient = useQueryClient();
  const refresh = () => queryClient.invalidateQueries({ queryKey: ["answer-templates"] });
  const remove = useMutation({ mutationFn: api.deleteTemplate, onSuccess: refresh });
  if (edited) {
    return (
      <TemplateForm
        template={edited === "new" ? undefined : edited}
        onDone={() => {
          refresh();
          setEdited(undefined);
        }}
        onCancel={() => setEdited(undefined)}
      />
    );
  }
  const confirmRemove = ({ id, name }: AnswerTemplate) =>
    confirm({
      title: t("inquiries.template.removeTitle", { name }),
      labels: { confirm: t("inquiries.template.remove"), cancel: t("common.cancel") },
      confirmProps: { color: "red" },
      closeButtonProps: { "aria-label": t("common.close") },
      onConfirm: () => remove.mutate(id),
    });
  const rows = templates.data?.templates ?? [];
  return (
    <Stack>
      {templates.isPending && <Loading />}
      {(templates.error ?? remove.error) && (
        <ProblemAlert error={templates.error ?? remove.error} />
      )}
      {templates.data && rows.length === 0 && (
        <Text size="sm" c="dimmed">
          {t("inquiries.template.none")}
        </Text>
      )}
      {rows.map((template) => (
        <Card key={template.id} withBorder padding="sm">
          <Group justify="space-between" wrap="nowrap" align="flex-start">
            <div>
              <Text size="sm" fw={600}>
                {template.name}
              </Text>
              <Text size="sm" c="dimmed" lineClamp={3} style={{ whiteSpace: "pre-wrap" }}>
                {template.text}
              </Text>
            </div>
            <Group gap="xs" wrap="nowrap">
              <Button size="compact-sm" variant="default" onClick={() => setEdited(template)}>
                {t("inquiries.template.edit")}
              </Button>
              <Button
                size="compact-sm"
                variant="subtle"
                color="red"
                onClick={() => confirmRemove(template)}
              >
                {t("inquiries.template.remove")}
              </Button>
            </Group>
          </Group>
        </Card>
      ))}
      <Group justify="flex-end">
        <Button onClick={() => setEdited("new")}>{t("inquiries.template.add")}</Button>
      </Group>
    </Stack>
  );
}

import { Button, Group, Select, Stack } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQuery } from "@tanstack/react-query";
import { api } from "../../api/calls";
import { answerTemplatesQuery } from "../../api/queries";
import { ProblemAlert } from "../../components/ProblemAlert";
import { useLanguage } from "../../i18n/useLanguage";
import { TemplatesDialog } from "./TemplatesDialog";

interface Props {
  inquiryId: string;
  /** The filled text, for the operator to look over. */
  onFilled: (text: string) => void;
}

/** Begins an answer from a template, filled for this question. */
export function TemplatePicker({ inquiryId, onFilled }: Props) {
  const { t } = useLanguage();
  const [managing, manage] = useDisclosure();
  const templates = useQuery(answerTemplatesQuery);
  const fill = useMutation({
    mutationFn: (templateId: string) => api.fillTemplate(inquiryId, templateId),
    onSuccess: ({ text }) => onFilled(text),
  });
  const error = fill.error ?? templates.error;
  const known = templates.data?.templates ?? [];
  return (
    <Stack gap="xs">
      <Group gap="xs" align="flex-end">
        <Select
          flex="1 1 200px"
          label={t("inquiries.template.pick")}
          placeholder={t("inquiries.template.pickHint")}
          nothingFoundMessage={t(
            known.length > 0 ? "inquiries.template.notFound" : "inquiries.template.none",
          )}
          searchable
          value={null}
          disabled={fill.isPending}
          data={known.map(({ id, name }) => ({ value: id, label: name }))}
          onChange={(id) => id && fill.mutate(id)}
        />
        <Button variant="default" onClick={manage.open}>
          {t("inquiries.template.manage")}
        </Button>
      </Group>
      {error && <ProblemAlert error={error} />}
      <TemplatesDialog opened={managing} onClose={manage.close} />
    </Stack>
  );
}

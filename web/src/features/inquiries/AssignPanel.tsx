import { Button, Group, Select, Stack, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../api/calls";
import { inquiryAssignmentsQuery, operatorsQuery, sessionQuery } from "../../api/queries";
import type { Inquiry, InquiryAssignment } from "../../api/types";
import { ProblemAlert } from "../../components/ProblemAlert";
import { When } from "../../components/When";
import { useLanguage } from "../../i18n/useLanguage";
import { useMay } from "../session/useMay";
import { useOperatorName } from "./useOperatorName";

/** Times that show before somebody asks for more. */
const SHOWN = 2;

/** Who looks after a question, and who did. */
export function AssignPanel({ inquiry }: { inquiry: Inquiry }) {
  const { t } = useLanguage();
  const may = useMay();
  const me = useQuery(sessionQuery).data?.operator.id;
  const operators = useQuery(operatorsQuery);
  const nameOf = useOperatorName();
  const queryClient = useQueryClient();
  const assign = useMutation({
    mutationFn: (operatorId: string | null) => api.assignInquiry(inquiry.id, operatorId),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["inquiries"] }),
  });
  const people = (operators.data?.operators ?? []).filter(({ role }) => role !== "VIEWER");
  const data = people.map(({ id }) => ({ value: id, label: nameOf(id) }));
  // Somebody who has it and may not answer any more still has it.
  const holder = inquiry.assigned_to;
  if (holder && !people.some(({ id }) => id === holder)) {
    data.push({ value: holder, label: nameOf(holder) });
  }
  const error = assign.error ?? operators.error;
  return (
    <Stack gap={4}>
      <Group gap="xs" align="flex-end">
        <Select
          w={260}
          label={t("inquiries.assignee")}
          placeholder={t("inquiries.nobody")}
          clearable
          clearButtonProps={{ "aria-label": t("inquiries.takeBack") }}
          disabled={!may.operate || assign.isPending}
          data={data}
          value={holder}
          onChange={(value) => assign.mutate(value)}
        />
        {may.operate && me && holder !== me && (
          <Button variant="light" loading={assign.isPending} onClick={() => assign.mutate(me)}>
            {t("inquiries.takeIt")}
          </Button>
        )}
      </Group>
      {error && <ProblemAlert error={error} />}
      <History inquiryId={inquiry.id} />
    </Stack>
  );
}

function History({ inquiryId }: { inquiryId: string }) {
  const { t } = useLanguage();
  const history = useQuery(inquiryAssignmentsQuery(inquiryId));
  const [all, setAll] = useState(false);
  if (history.error) {
    return <ProblemAlert error={history.error} onRetry={() => history.refetch()} />;
  }
  const assignments = history.data?.assignments ?? [];
  const shown = all ? assignments : assignments.slice(0, SHOWN);
  return (
    <>
      {shown.map((assignment) => (
        <Given
          key={assignment.assigned_at + (assignment.operator_id ?? "")}
          assignment={assignment}
        />
      ))}
      {assignments.length > shown.length && (
        <Button
          size="compact-xs"
          variant="subtle"
          style={{ alignSelf: "flex-start" }}
          onClick={() => setAll(true)}
        >
          {t("inquiries.earlier", { count: assignments.length - shown.length })}
        </Button>
      )}
    </>
  );
}

function Given({ assignment }: { assignment: InquiryAssignment }) {
  const { t } = useLanguage();
  const nameOf = useOperatorName();
  const { operator_id, assigned_by, assigned_at } = assignment;
  const by = nameOf(assigned_by);
  let what = t("inquiries.wasTakenBack", { by });
  if (operator_id === assigned_by) what = t("inquiries.wasTaken", { by });
  else if (operator_id) what = t("inquiries.wasGiven", { by, to: nameOf(operator_id) });
  return (
    <Group gap={6}>
      <Text size="xs" c="dimmed">
        {what}
      </Text>
      <When at={assigned_at} size="xs" c="dimmed" />
    </Group>
  );
}

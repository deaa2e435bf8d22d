import { Drawer, Group, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { FAILED_EFFECTS } from "../../api/codes";
import { inquiryQuery } from "../../api/queries";
import type { Inquiry, InquiryAnswer } from "../../api/types";
import { ChannelBadge, StateBadge } from "../../components/Badges";
import { Loading } from "../../components/Blank";
import { AnchorLink } from "../../components/links";
import { ProblemAlert } from "../../components/ProblemAlert";
import { When } from "../../components/When";
import { useLanguage } from "../../i18n/useLanguage";
import { EffectDrawer } from "../effects/EffectDrawer";
import { EffectNote } from "../effects/EffectNote";
import { useMay } from "../session/useMay";
import { AnswerForm } from "./AnswerForm";
import { AssignPanel } from "./AssignPanel";
import { InquiryState } from "./InquiryTable";
import { Thread } from "./Thread";

interface Props {
  inquiryId: string | undefined;
  onClose: () => void;
}

/** One question: what was said, what we answered, and where to answer. */
export function InquiryDrawer({ inquiryId, onClose }: Props) {
  const { t } = useLanguage();
  return (
    <Drawer
      opened={Boolean(inquiryId)}
      onClose={onClose}
      position="right"
      size="lg"
      title={t("inquiries.drawer")}
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      {inquiryId && <Details key={inquiryId} id={inquiryId} />}
    </Drawer>
  );
}

function Details({ id }: { id: string }) {
  const { t, word } = useLanguage();
  const may = useMay();
  const query = useQuery({ ...inquiryQuery(id), refetchInterval: 3_000 });
  if (query.isPending) return <Loading />;
  if (!query.data) return <ProblemAlert error={query.error} onRetry={() => query.refetch()} />;
  const inquiry = query.data;
  return (
    <Stack>
      <Group gap="sm">
        <ChannelBadge channel={inquiry.channel} />
        <Title order={3} size="h4">
          {word("inquiryKind", inquiry.kind)}
        </Title>
        <InquiryState inquiry={inquiry} />
      </Group>
      <Facts inquiry={inquiry} />
      <AssignPanel inquiry={inquiry} />
      {may.operate ? (
        // A new version may hold new words: they are asked for anew.
        <Thread key={inquiry.version} inquiryId={id} />
      ) : (
        <Text size="sm" c="dimmed">
          {t("inquiries.threadForOperators")}
        </Text>
      )}
      <Answers answers={inquiry.answers} />
      {may.operate && mayAnswer(inquiry) && <AnswerForm inquiry={inquiry} />}
    </Stack>
  );
}

/** Not while an answer is on its way or given: the gateway would refuse it. */
function mayAnswer(inquiry: Inquiry): boolean {
  const last = inquiry.answers.at(-1);
  const asksAnew = last?.state === "CONFIRMED" && last.updated_at < inquiry.waiting_since;
  return inquiry.open && (!last || asksAnew || FAILED_EFFECTS.has(last.state));
}

function Facts({ inquiry }: { inquiry: Inquiry }) {
  const { t } = useLanguage();
  return (
    <Text size="sm" c="dimmed" component="div">
      {[inquiry.product_name, inquiry.category].filter(Boolean).join(" · ")}
      <div>
        {t("inquiries.column.askedAt")} <When at={inquiry.asked_at} size="sm" />
        {inquiry.open && inquiry.answer_by && (
          <>
            {" · "}
            {t("inquiries.column.answerBy")} <When at={inquiry.answer_by} relative size="sm" />
          </>
        )}
      </div>
      {inquiry.has_open_claim && <div>{t("inquiries.hasOpenClaim")}</div>}
      {inquiry.order_ids.map((id) => (
        <div key={id}>
          <AnchorLink to="/orders/$id" params={{ id }} size="sm">
            {t("inquiries.openOrder")}
          </AnchorLink>
        </div>
      ))}
    </Text>
  );
}

function Answers({ answers }: { answers: InquiryAnswer[] }) {
  const { t } = useLanguage();
  const [opened, setOpened] = useState<string>();
  if (answers.length === 0) return null;
  return (
    <Stack gap="xs">
      <Title order={4} size="h6">
        {t("inquiries.answers")}
      </Title>
      {answers.map((answer) => (
        <div key={answer.id}>
          <Group gap="sm">
            <StateBadge group="effectState" code={answer.state} />
            <When at={answer.updated_at} size="sm" />
            <Text
              component="button"
              type="button"
              size="sm"
              c="moa"
              className="clickable"
              bg="none"
              bd={0}
              p={0}
              onClick={() => setOpened(answer.effect_id)}
            >
              {t("inquiries.openEffect")}
            </Text>
          </Group>
          <EffectNote effectId={answer.effect_id} of={answer} />
        </div>
      ))}
      <EffectDrawer effectId={opened} onClose={() => setOpened(undefined)} />
    </Stack>
  );
}

import { Button, Card, Group, Select, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { EFFECT_KINDS, EFFECT_STATES } from "../../api/codes";
import { effectsQuery } from "../../api/queries";
import type { Effect } from "../../api/types";
import { StateBadge } from "../../components/Badges";
import { Blank, Loading } from "../../components/Blank";
import { AnchorLink } from "../../components/links";
import { PageHead } from "../../components/PageHead";
import { Pager, usePages } from "../../components/Pager";
import { ProblemAlert } from "../../components/ProblemAlert";
import { When } from "../../components/When";
import { useLanguage } from "../../i18n/useLanguage";
import { EffectDrawer } from "./EffectDrawer";

const route = getRouteApi("/shell/effects");

export function EffectsPage() {
  const { t, word } = useLanguage();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const pages = usePages(JSON.stringify(search));
  const [opened, setOpened] = useState<string>();
  const effects = useQuery({
    ...effectsQuery({ ...search, page_size: 50, page_token: pages.token }),
    refetchInterval: 5_000,
  });
  const rows = effects.data?.effects ?? [];
  return (
    <>
      <PageHead title={t("effects.title")} intro={t("effects.intro")} />
      <Group mb="sm" gap="sm">
        <Select
          w={170}
          aria-label={t("effects.state")}
          placeholder={t("effects.allStates")}
          clearable
          data={EFFECT_STATES.map((value) => ({ value, label: word("effectState", value) }))}
          value={search.state ?? null}
          onChange={(state) => navigate({ search: { ...search, state: state ?? undefined } })}
        />
        <Select
          w={170}
          aria-label={t("effects.kind")}
          placeholder={t("effects.allKinds")}
          clearable
          data={EFFECT_KINDS.map((value) => ({ value, label: word("effectKind", value) }))}
          value={search.kind ?? null}
          onChange={(kind) => navigate({ search: { ...search, kind: kind ?? undefined } })}
        />
      </Group>
      {effects.error && (
        <ProblemAlert mb="sm" error={effects.error} onRetry={() => effects.refetch()} />
      )}
      <Card withBorder padding={0}>
        {effects.isPending && <Loading />}
        {effects.data && rows.length === 0 && (
          <Blank title={t("effects.empty")} text={t("effects.emptyText")} />
        )}
        {rows.length > 0 && <EffectTable effects={rows} onOpen={setOpened} />}
        <Pager pages={pages} nextToken={effects.data?.next_page_token} />
      </Card>
      <EffectDrawer effectId={opened} onClose={() => setOpened(undefined)} />
    </>
  );
}

function EffectTable({ effects, onOpen }: { effects: Effect[]; onOpen: (id: string) => void }) {
  const { t, word, about } = useLanguage();
  return (
    <Table.ScrollContainer type="native" minWidth={860}>
      <Table verticalSpacing={8} horizontalSpacing="sm" highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={120}>{t("effects.column.at")}</Table.Th>
            <Table.Th w={110}>{t("effects.column.kind")}</Table.Th>
            <Table.Th w={120}>{t("effects.column.state")}</Table.Th>
            <Table.Th>{t("effects.column.reason")}</Table.Th>
            <Table.Th w={60} ta="right">
              {t("effects.column.attempts")}
            </Table.Th>
            <Table.Th w={110}>{t("effects.column.next")}</Table.Th>
            <Table.Th w={110}>{t("effects.column.subject")}</Table.Th>
            <Table.Th w={90} />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {effects.map((effect) => (
            <Table.Tr key={effect.id}>
              <Table.Td>
                <When at={effect.created_at} size="sm" />
              </Table.Td>
              <Table.Td>{word("effectKind", effect.kind)}</Table.Td>
              <Table.Td>
                <StateBadge group="effectState" code={effect.state} />
              </Table.Td>
              <Table.Td>
                {effect.reason && <Text size="sm">{word("reason", effect.reason)}</Text>}
                <Text size="xs" c="dimmed" lineClamp={2}>
                  {about(effect.reason, effect.detail)}
                </Text>
              </Table.Td>
              <Table.Td ta="right" className="numeric">
                {effect.attempt_count}
              </Table.Td>
              <Table.Td>
                {effect.next_attempt_at && <When at={effect.next_attempt_at} relative size="sm" />}
              </Table.Td>
              <Table.Td>
                {effect.order_id && (
                  <AnchorLink to="/orders/$id" params={{ id: effect.order_id }} size="sm">
                    {t("effects.openOrder")}
                  </AnchorLink>
                )}
              </Table.Td>
              <Table.Td>
                <Button size="compact-sm" variant="light" onClick={() => onOpen(effect.id)}>
                  {t("effects.details")}
                </Button>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

import { Card, Group, Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { EFFECT_KINDS, EFFECT_STATES } from "../../api/codes";
import { effectsQuery } from "../../api/queries";
import { Blank, Loading } from "../../components/Blank";
import { PageHead } from "../../components/PageHead";
import { Pager, usePages } from "../../components/Pager";
import { ProblemAlert } from "../../components/ProblemAlert";
import { useWide } from "../../components/useWide";
import { useLanguage } from "../../i18n/useLanguage";
import { EffectCards } from "./EffectCards";
import { EffectDrawer } from "./EffectDrawer";
import { EffectTable } from "./EffectTable";

const route = getRouteApi("/shell/effects");

export function EffectsPage() {
  const { t, word } = useLanguage();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const List = useWide() ? EffectTable : EffectCards;
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
        {rows.length > 0 && <List effects={rows} onOpen={setOpened} />}
        <Pager pages={pages} nextToken={effects.data?.next_page_token} />
      </Card>
      <EffectDrawer effectId={opened} onClose={() => setOpened(undefined)} />
    </>
  );
}

import { Button, Card, Group, Switch, Table, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconCircleCheck, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { listingsQuery, productsQuery } from "../../api/queries";
import { Blank, Loading } from "../../components/Blank";
import { PageHead } from "../../components/PageHead";
import { Pager, usePages } from "../../components/Pager";
import { ProblemAlert } from "../../components/ProblemAlert";
import { useLanguage } from "../../i18n/useLanguage";
import { useMay } from "../session/useMay";
import { ListingRow } from "./ListingRow";
import { ProductDialog } from "./ProductDialog";

export function ListingsPage() {
  const { t } = useLanguage();
  const may = useMay();
  const [unmappedOnly, setUnmappedOnly] = useState(true);
  const [creating, { open, close }] = useDisclosure();
  const pages = usePages(String(unmappedOnly));
  const products = useQuery(productsQuery);
  const listings = useQuery({
    ...listingsQuery({ unmapped_only: unmappedOnly, page_size: 50, page_token: pages.token }),
    refetchInterval: 10_000,
  });
  const rows = listings.data?.listings ?? [];
  const error = listings.error ?? products.error;
  const retry = () => {
    listings.refetch();
    products.refetch();
  };
  return (
    <>
      <PageHead title={t("listings.title")} intro={t("listings.intro")}>
        {may.operate && (
          <Button leftSection={<IconPlus size={16} />} onClick={open}>
            {t("listings.createProduct")}
          </Button>
        )}
      </PageHead>
      <Group mb="sm" justify="space-between">
        <Switch
          label={t("listings.onlyUnmapped")}
          checked={unmappedOnly}
          onChange={(event) => setUnmappedOnly(event.currentTarget.checked)}
        />
        {products.data?.complete === false && (
          <Text size="sm" c="dimmed">
            {t("listings.tooMany")}
          </Text>
        )}
      </Group>
      {error && <ProblemAlert mb="sm" error={error} onRetry={retry} />}
      <Card withBorder padding={0}>
        {listings.isPending && <Loading />}
        {listings.data && rows.length === 0 && (
          <Blank
            icon={<IconCircleCheck />}
            title={unmappedOnly ? t("listings.allMapped") : t("listings.none")}
            text={t("listings.allMappedText")}
          />
        )}
        {rows.length > 0 && (
          <Table.ScrollContainer type="native" minWidth={860}>
            <Table verticalSpacing={8} horizontalSpacing="sm">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t("listings.column.listing")}</Table.Th>
                  <Table.Th w={140}>{t("listings.column.firstSeen")}</Table.Th>
                  <Table.Th w={300}>{t("listings.column.variant")}</Table.Th>
                  <Table.Th w={90}>{t("listings.column.multiplier")}</Table.Th>
                  <Table.Th w={90} />
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {rows.map((listing) => (
                  <ListingRow
                    key={listing.id}
                    listing={listing}
                    products={products.data?.products ?? []}
                  />
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        )}
        <Pager pages={pages} nextToken={listings.data?.next_page_token} />
      </Card>
      <ProductDialog opened={creating} onClose={close} />
    </>
  );
}

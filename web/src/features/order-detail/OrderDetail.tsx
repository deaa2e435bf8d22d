import { Grid, Stack } from "@mantine/core";
import { IconArrowLeft } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { SHIPPABLE } from "../../api/codes";
import { orderQuery, shipmentsQuery } from "../../api/queries";
import { Loading } from "../../components/Blank";
import { AnchorLink } from "../../components/links";
import { ProblemAlert } from "../../components/ProblemAlert";
import { useLanguage } from "../../i18n/useLanguage";
import { usePollInterval } from "../orders/live";
import { ShipDialog } from "../shipping/ShipDialog";
import { ContactPanel } from "./ContactPanel";
import { EntitlementsPanel } from "./EntitlementsPanel";
import { ExplainPanel } from "./ExplainPanel";
import { LinesPanel } from "./LinesPanel";
import { OrderEffects } from "./OrderEffects";
import { OrderHead } from "./OrderHead";
import { OrderInquiries } from "./OrderInquiries";
import { ShipmentsPanel } from "./ShipmentsPanel";
import { TimelinePanel } from "./TimelinePanel";

export function OrderDetail({ id }: { id: string }) {
  const { t } = useLanguage();
  const refetchInterval = usePollInterval();
  const order = useQuery({ ...orderQuery(id), refetchInterval });
  const shipments = useQuery({ ...shipmentsQuery(id), refetchInterval });
  const [shipping, setShipping] = useState(false);
  return (
    <Stack gap="md">
      <AnchorLink to="/orders" size="sm" w="fit-content">
        <IconArrowLeft size={14} style={{ verticalAlign: -2 }} aria-hidden />{" "}
        {t("orders.detail.back")}
      </AnchorLink>
      {order.isPending && <Loading />}
      {order.error && <ProblemAlert error={order.error} onRetry={() => order.refetch()} />}
      {order.data && (
        <>
          <OrderHead order={order.data} onShip={() => setShipping(true)} />
          <Grid gap="md">
            <Grid.Col span={{ base: 12, lg: 8 }}>
              <Stack gap="md">
                {order.data.lines.some((line) => SHIPPABLE.has(line.state)) && (
                  <ExplainPanel order={order.data} />
                )}
                <LinesPanel order={order.data} />
                <ShipmentsPanel shipments={shipments} order={order.data} />
                <EntitlementsPanel order={order.data} />
                <OrderInquiries orderId={id} />
                <OrderEffects order={order.data} />
              </Stack>
            </Grid.Col>
            <Grid.Col span={{ base: 12, lg: 4 }}>
              <Stack gap="md">
                <ContactPanel orderId={id} />
                <TimelinePanel orderId={id} />
              </Stack>
            </Grid.Col>
          </Grid>
        </>
      )}
      <ShipDialog orderId={shipping ? id : undefined} onClose={() => setShipping(false)} />
    </Stack>
  );
}

import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { orderQuery } from "../../api/queries";
import type { Claim } from "../../api/types";
import { AnchorLink } from "../../components/links";
import { useLanguage } from "../../i18n/useLanguage";

/** Of which order the claim is, and what of it: one decides about money here. */
export function Claimed({ claim }: { claim: Claim }) {
  const { t } = useLanguage();
  const id = claim.order_id;
  const order = useQuery({ ...orderQuery(id ?? ""), enabled: id !== null });
  const names = new Map(order.data?.lines.map((line) => [line.channel_line_id, line]));
  return (
    <>
      {claim.lines.map(({ channel_line_id, quantity }) => {
        const line = names.get(channel_line_id);
        if (!line) return null;
        const name = [line.product_name || t("orders.noName"), line.option_name];
        return (
          <Text key={channel_line_id} size="sm" fw={500}>
            {name.filter(Boolean).join(" · ")} × {quantity}
          </Text>
        );
      })}
      {claim.lines.length === 0 && claim.quantity > 0 && (
        <Text size="sm">{t("claims.quantity", { count: claim.quantity })}</Text>
      )}
      {id ? (
        <AnchorLink to="/orders/$id" params={{ id }} size="sm">
          {t("claims.openOrder")} {claim.channel_order_id}
        </AnchorLink>
      ) : (
        <Text size="sm" className="code">
          {claim.channel_order_id}
        </Text>
      )}
    </>
  );
}

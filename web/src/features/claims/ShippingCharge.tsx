import { Text } from "@mantine/core";
import type { Claim } from "../../api/types";
import { useLanguage } from "../../i18n/useLanguage";
import { formatMoney } from "../../lib/format";

/** Who pays the way back, and how much; nothing where the channel does not say. */
export function ShippingCharge({ claim, labelled }: { claim: Claim; labelled?: boolean }) {
  const { t, language } = useLanguage();
  const charge = claim.shipping_charge;
  if (!charge || charge.amount_minor === 0) return null;
  const amount = formatMoney({ ...charge, amount_minor: Math.abs(charge.amount_minor) }, language);
  return (
    <Text size="sm" c={charge.amount_minor > 0 ? "red" : undefined} className="numeric">
      {labelled && `${t("claims.cost.wayBack")}: `}
      {charge.amount_minor > 0 ? t("claims.wePay", { amount }) : t("claims.buyerPays", { amount })}
    </Text>
  );
}

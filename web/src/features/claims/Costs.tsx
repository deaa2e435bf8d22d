import { Text } from "@mantine/core";
import type { Claim } from "../../api/types";
import { useLanguage } from "../../i18n/useLanguage";
import { formatMoney } from "../../lib/format";
import { ShippingCharge } from "./ShippingCharge";

/** Everything that a claim costs, and who bears it, as far as the channel says so. */
export function Costs({ claim }: { claim: Claim }) {
  const { t, language } = useLanguage();
  const others = [
    ["enclosed", claim.enclosed_charge],
    ["extra", claim.extra_charge],
    ["support", claim.channel_support],
  ] as const;
  return (
    <>
      <ShippingCharge claim={claim} labelled />
      {claim.charge_method && (
        <Text size="sm">{t("claims.cost.method", { method: claim.charge_method })}</Text>
      )}
      {others.map(
        ([kind, amount]) =>
          amount && (
            <Text key={kind} size="sm" className="numeric">
              {t(`claims.cost.${kind}`, { amount: formatMoney(amount, language) })}
            </Text>
          ),
      )}
    </>
  );
}

import { Alert, Card, Checkbox, Group, Input, NumberInput, Stack, Text } from "@mantine/core";
import type { OrderLine } from "../../api/types";
import { useLanguage } from "../../i18n/useLanguage";

interface Props {
  lines: { line: OrderLine; units: number }[];
  /** Units by line id; 0 or absent is not picked. */
  picked: Record<string, number>;
  onChange: (picked: Record<string, number>) => void;
  error?: string | undefined;
}

/** Which lines go into the box, and how many of each. Lines of one channel parcel are picked together. */
export function LinePicker({ lines, picked, onChange, error }: Props) {
  const { t } = useLanguage();
  if (lines.length === 0) return <Alert color="gray">{t("shipping.nothingLeft")}</Alert>;

  const toggle = (parcel: string, lineId: string, on: boolean) => {
    const together = lines.filter(({ line }) =>
      parcel ? line.channel_parcel_id === parcel : line.id === lineId,
    );
    const change = together.map(({ line, units }) => [line.id, on ? units : 0]);
    onChange({ ...picked, ...Object.fromEntries(change) });
  };
  return (
    <Input.Wrapper
      label={t("shipping.lines")}
      description={lines.length > 1 ? t("shipping.linesHint") : undefined}
      error={error}
      labelElement="div"
    >
      <Card withBorder padding={0} mt={6}>
        <Stack gap={0}>
          {lines.map(({ line, units }) => (
            <Group key={line.id} px="sm" py={8} wrap="nowrap" justify="space-between">
              <Checkbox
                checked={(picked[line.id] ?? 0) > 0}
                onChange={(event) =>
                  toggle(line.channel_parcel_id, line.id, event.currentTarget.checked)
                }
                label={
                  <>
                    <Text size="sm" className="clamp">
                      {line.product_name || t("orders.noName")}
                    </Text>
                    <Text size="xs" c="dimmed">
                      {[line.option_name, line.channel_parcel_id].filter(Boolean).join(" · ")}
                    </Text>
                  </>
                }
              />
              <NumberInput
                w={84}
                size="xs"
                min={1}
                max={units}
                clampBehavior="strict"
                allowDecimal={false}
                disabled={!picked[line.id] || units === 1}
                aria-label={t("shipping.quantityOf", { name: line.product_name })}
                value={picked[line.id] || units}
                onChange={(value) =>
                  typeof value === "number" && onChange({ ...picked, [line.id]: value })
                }
              />
            </Group>
          ))}
        </Stack>
      </Card>
    </Input.Wrapper>
  );
}

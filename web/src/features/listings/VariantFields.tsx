import {
  CloseButton,
  Fieldset,
  Group,
  SegmentedControl,
  Stack,
  Textarea,
  TextInput,
} from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { useLanguage } from "../../i18n/useLanguage";
import type { ProductValues } from "./ProductDialog";

interface Props {
  form: UseFormReturnType<ProductValues>;
  index: number;
  digital: boolean;
  /** The last one cannot be removed. */
  only: boolean;
}

export function VariantFields({ form, index, digital, only }: Props) {
  const { t, word } = useLanguage();
  const path = `variants.${index}`;
  const kinds = ["PHYSICAL", "DIGITAL"].map((value) => ({ value, label: word("kind", value) }));
  return (
    <Fieldset legend={t("listings.form.variant", { number: index + 1 })} pos="relative">
      {!only && (
        <CloseButton
          pos="absolute"
          top={0}
          right={8}
          size="sm"
          aria-label={t("listings.form.removeVariant")}
          onClick={() => form.removeListItem("variants", index)}
        />
      )}
      <Stack gap="sm">
        <Group align="flex-start" gap="sm">
          <TextInput
            flex="1 1 180px"
            label={t("listings.form.sku")}
            description={t("listings.form.skuHint")}
            maxLength={64}
            {...form.getInputProps(`${path}.sku`)}
          />
          <TextInput
            flex="1 1 180px"
            label={t("listings.form.option")}
            description={t("listings.form.optionHint")}
            {...form.getInputProps(`${path}.name`)}
          />
        </Group>
        <TextInput
          maw={280}
          label={t("listings.form.barcode")}
          description={t("listings.form.barcodeHint")}
          maxLength={64}
          {...form.getInputProps(`${path}.barcode`)}
        />
        <SegmentedControl
          w="fit-content"
          aria-label={t("listings.form.kind")}
          data={kinds}
          {...form.getInputProps(`${path}.kind`)}
        />
        {digital && (
          <Textarea
            label={t("listings.form.content")}
            description={t("listings.form.contentHint")}
            maxLength={2000}
            autosize
            minRows={2}
            {...form.getInputProps(`${path}.digital_content`)}
          />
        )}
      </Stack>
    </Fieldset>
  );
}

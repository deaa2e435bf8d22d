import { Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconPlus } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { api } from "../../api/calls";
import { IdempotencyKeys } from "../../api/idempotency";
import type { CreateProduct, VariantKind } from "../../api/types";
import { ProblemAlert } from "../../components/ProblemAlert";
import { toastDone } from "../../components/toast";
import { useLanguage } from "../../i18n/useLanguage";
import { VariantFields } from "./VariantFields";

interface Props {
  opened: boolean;
  onClose: () => void;
}

export function ProductDialog({ opened, onClose }: Props) {
  const { t } = useLanguage();
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      size="lg"
      title={t("listings.form.title")}
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      {opened && <ProductForm onClose={onClose} />}
    </Modal>
  );
}

export interface ProductValues {
  name: string;
  variants: {
    sku: string;
    name: string;
    barcode: string;
    kind: VariantKind;
    digital_content: string;
  }[];
}

const EMPTY_VARIANT: ProductValues["variants"][number] = {
  sku: "",
  name: "",
  barcode: "",
  kind: "PHYSICAL",
  digital_content: "",
};

function ProductForm({ onClose }: { onClose: () => void }) {
  const { t, fieldErrors } = useLanguage();
  const queryClient = useQueryClient();
  const keys = useRef(new IdempotencyKeys());
  const form = useForm<ProductValues>({
    initialValues: { name: "", variants: [EMPTY_VARIANT] },
    validate: {
      name: (value) => (value.trim() ? null : t("listings.form.missing")),
      variants: {
        sku: (value, values, path) => {
          const before = values.variants.slice(0, Number(path.split(".")[1]));
          if (!value.trim()) return t("listings.form.missing");
          const twice = before.some((variant) => variant.sku.trim() === value.trim());
          return twice ? t("listings.form.skuTwice") : null;
        },
        digital_content: (value, values, path) => {
          const digital = values.variants[Number(path.split(".")[1])]?.kind === "DIGITAL";
          return digital && !value.trim() ? t("listings.form.missing") : null;
        },
      },
    },
  });
  const create = useMutation({
    mutationFn: (body: CreateProduct) =>
      keys.current.run(body, (key) => api.createProduct(body, key)),
    onSuccess: (product) => {
      toastDone(t("listings.form.done", { name: product.name }));
      queryClient.invalidateQueries({ queryKey: ["products"] });
      onClose();
    },
    onError: (error) => form.setErrors(fieldErrors(error)),
  });
  const submit = form.onSubmit(({ name, variants }) =>
    create.mutate({
      name: name.trim(),
      variants: variants.map((variant) => ({
        sku: variant.sku.trim(),
        name: variant.name.trim(),
        kind: variant.kind,
        ...(variant.barcode.trim() && { barcode: variant.barcode.trim() }),
        ...(variant.kind === "DIGITAL" && { digital_content: variant.digital_content.trim() }),
      })),
    }),
  );
  const { variants } = form.getValues();
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <TextInput label={t("listings.form.name")} data-autofocus {...form.getInputProps("name")} />
        {variants.map((variant, index) => (
          <VariantFields
            key={form.key(`variants.${index}`)}
            form={form}
            index={index}
            digital={variant.kind === "DIGITAL"}
            only={variants.length === 1}
          />
        ))}
        <Button
          variant="subtle"
          size="compact-sm"
          w="fit-content"
          leftSection={<IconPlus size={14} />}
          onClick={() => form.insertListItem("variants", EMPTY_VARIANT)}
        >
          {t("listings.form.addVariant")}
        </Button>
        {create.error && <ProblemAlert error={create.error} inputs={["name"]} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("common.cancel")}
          </Button>
          <Button type="submit" loading={create.isPending}>
            {t("listings.form.submit")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

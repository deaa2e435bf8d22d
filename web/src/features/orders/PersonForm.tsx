import { Button, Card, Group, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconSearch } from "@tabler/icons-react";
import { useLanguage } from "../../i18n/useLanguage";
import { isPhone } from "../../lib/phone";
import type { Person } from "./usePersonSearch";

interface Props {
  onFind: (person: Person) => void;
  onClose: () => void;
}

/** Whose orders are looked for. What is typed here never gets into the address. */
export function PersonForm({ onFind, onClose }: Props) {
  const { t } = useLanguage();
  const form = useForm({
    initialValues: { name: "", phone: "" },
    validate: {
      name: (name, { phone }) => (name.trim() || phone.trim() ? null : t("orders.person.missing")),
      phone: (phone) => (!phone.trim() || isPhone(phone) ? null : t("orders.person.phoneWrong")),
    },
  });
  return (
    <Card withBorder mb="sm" padding="sm">
      <form noValidate onSubmit={form.onSubmit(onFind)}>
        <Group align="flex-start" gap="sm">
          <TextInput
            flex="1 1 180px"
            maw={260}
            maxLength={100}
            autoFocus
            autoComplete="off"
            label={t("orders.person.name")}
            {...form.getInputProps("name")}
          />
          <TextInput
            flex="1 1 180px"
            maw={260}
            maxLength={100}
            autoComplete="off"
            inputMode="tel"
            label={t("orders.person.phone")}
            {...form.getInputProps("phone")}
          />
          <Group gap="xs" mt={25}>
            <Button type="submit" leftSection={<IconSearch size={16} />}>
              {t("orders.person.find")}
            </Button>
            <Button variant="default" onClick={onClose}>
              {t("orders.person.close")}
            </Button>
          </Group>
        </Group>
      </form>
      <Text size="xs" c="dimmed" mt={6}>
        {t("orders.person.hint")}
      </Text>
    </Card>
  );
}

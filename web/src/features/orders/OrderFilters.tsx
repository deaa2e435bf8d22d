import { CloseButton, Group, Select, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { type ReactNode, useEffect, useState } from "react";
import { CHANNELS } from "../../api/codes";
import { useLanguage } from "../../i18n/useLanguage";

interface Props {
  channel: string | undefined;
  q: string | undefined;
  onChange: (change: { channel?: string | undefined; q?: string | undefined }) => void;
  /** What else finds orders. */
  children?: ReactNode;
}

export function OrderFilters({ channel, q, onChange, children }: Props) {
  const { t, word } = useLanguage();
  const [text, setText] = useState(q ?? "");
  const search = useDebouncedCallback((value: string) => {
    onChange({ q: value.trim() || undefined });
  }, 300);
  // The address may change without this box: back button, "reset filters".
  useEffect(() => setText((current) => (current.trim() === (q ?? "") ? current : (q ?? ""))), [q]);

  const type = (value: string) => {
    setText(value);
    search(value);
  };
  return (
    <Group mb="sm" gap="sm">
      <TextInput
        flex="1 1 260px"
        maw={460}
        type="search"
        maxLength={100}
        aria-label={t("orders.searchLabel")}
        placeholder={t("orders.search")}
        leftSection={<IconSearch size={16} />}
        rightSection={
          text && <CloseButton size="sm" aria-label={t("common.reset")} onClick={() => type("")} />
        }
        value={text}
        onChange={(event) => type(event.currentTarget.value)}
      />
      <Select
        w={150}
        aria-label={t("orders.channel")}
        placeholder={t("orders.allChannels")}
        clearable
        data={CHANNELS.map((value) => ({ value, label: word("channel", value) }))}
        value={channel ?? null}
        onChange={(value) => onChange({ channel: value ?? undefined })}
      />
      {children}
    </Group>
  );
}

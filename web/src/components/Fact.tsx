import { Group, Text } from "@mantine/core";
import type { ReactNode } from "react";

/** A value with its name beside it, as a card shows what is a column where there is room. */
export function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <Group gap="sm" wrap="nowrap" align="baseline">
      <Text size="xs" c="dimmed" w={92} flex="none">
        {label}
      </Text>
      <div style={{ minWidth: 0, overflowWrap: "anywhere" }}>{children}</div>
    </Group>
  );
}

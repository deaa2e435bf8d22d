import { Badge, Button, Card, Group, Modal, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import type { Sender } from "../../api/types";
import { When } from "../../components/When";
import { useLanguage } from "../../i18n/useLanguage";
import { SlackForm } from "./SlackForm";
import { SolapiForm } from "./SolapiForm";

interface Props {
  kind: "SOLAPI" | "SLACK";
  sender: Sender | undefined;
  owner: boolean;
}

export function SenderCard({ kind, sender, owner }: Props) {
  const { t } = useLanguage();
  const [opened, { open, close }] = useDisclosure();
  const Form = kind === "SOLAPI" ? SolapiForm : SlackForm;
  return (
    <Card withBorder padding="md" component="article">
      <Group justify="space-between" align="flex-start" gap="sm">
        <div>
          <Group gap="sm">
            <Title order={2} size="h4">
              {t(`senders.${kind}.name`)}
            </Title>
            <Badge
              variant="light"
              color={sender ? "teal" : "gray"}
              tt="none"
              fw={600}
              miw="fit-content"
            >
              {sender ? t("senders.ready") : t("senders.unset")}
            </Badge>
          </Group>
          <Text size="sm" c="dimmed">
            {t(`senders.${kind}.purpose`)}
          </Text>
          {sender && (
            <>
              <Text size="xs" c="dimmed" className="code">
                {sender.base_url}
              </Text>
              <Text size="xs" c="dimmed" component="div">
                {t("senders.updatedAt")} <When at={sender.updated_at} size="xs" />
              </Text>
            </>
          )}
        </div>
        {owner && (
          <Button variant="light" size="xs" onClick={open}>
            {sender ? t("senders.change") : t("senders.set")}
          </Button>
        )}
      </Group>
      <Modal
        opened={opened}
        onClose={close}
        title={t(`senders.${kind}.formTitle`)}
        closeButtonProps={{ "aria-label": t("common.close") }}
      >
        {opened && <Form onClose={close} />}
      </Modal>
    </Card>
  );
}

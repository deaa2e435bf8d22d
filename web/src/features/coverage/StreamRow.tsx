import { Table } from "@mantine/core";
import { When } from "../../components/When";
import { Failure, Gaps, Late, StreamName, type StreamProps, Watermark } from "./StreamFacts";

export function StreamRow({ stream, pace }: StreamProps) {
  return (
    <Table.Tr>
      <Table.Td>
        <StreamName stream={stream} pace={pace} />
      </Table.Td>
      <Table.Td>
        <Watermark stream={stream} />
      </Table.Td>
      <Table.Td>
        <Gaps stream={stream} />
      </Table.Td>
      <Table.Td ta="right">
        <Late stream={stream} />
      </Table.Td>
      <Table.Td>
        <When at={stream.last_success_at} relative size="sm" />
      </Table.Td>
      <Table.Td>
        <Failure stream={stream} />
      </Table.Td>
    </Table.Tr>
  );
}

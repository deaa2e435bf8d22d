import { Table } from "@mantine/core";
import type { Listing } from "../../api/types";
import { ProblemAlert } from "../../components/ProblemAlert";
import { When } from "../../components/When";
import { Choice, ListingVariants, OpenButton } from "./ListingCells";
import { ListingName } from "./ListingName";
import { useListingActions } from "./useListingActions";

export interface ListingProps {
  listing: Listing;
  /** Whether it is chosen to be accepted with others; undefined when it cannot be. */
  chosen: boolean | undefined;
  onChoose: (chosen: boolean) => void;
  onOpen: () => void;
}

/** One product of a channel: what it is of ours, or may be, and what changed. */
export function ListingRow({ listing, chosen, onChoose, onOpen }: ListingProps) {
  const actions = useListingActions();
  const error = actions.map.error ?? actions.acknowledge.error;
  return (
    <>
      <Table.Tr style={{ verticalAlign: "top" }}>
        <Table.Td>
          <Choice listing={listing} chosen={chosen} onChoose={onChoose} />
        </Table.Td>
        <Table.Td>
          <ListingName listing={listing} />
        </Table.Td>
        <Table.Td>
          <ListingVariants listing={listing} actions={actions} />
        </Table.Td>
        <Table.Td>
          <When at={listing.first_seen_at} size="sm" />
        </Table.Td>
        <Table.Td>
          <OpenButton listing={listing} onOpen={onOpen} />
        </Table.Td>
      </Table.Tr>
      {error && (
        <Table.Tr>
          <Table.Td />
          <Table.Td colSpan={4}>
            <ProblemAlert error={error} />
          </Table.Td>
        </Table.Tr>
      )}
    </>
  );
}

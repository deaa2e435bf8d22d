import { useQuery } from "@tanstack/react-query";
import { operatorsQuery } from "../../api/queries";

/** The name of somebody who works here; the id of one who is not known (any more). */
export function useOperatorName() {
  const operators = useQuery(operatorsQuery).data?.operators;
  return (id: string) => {
    const found = operators?.find((operator) => operator.id === id);
    return found?.name || found?.email || id;
  };
}

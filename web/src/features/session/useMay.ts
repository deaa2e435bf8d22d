import { useQuery } from "@tanstack/react-query";
import { sessionQuery } from "../../api/queries";

/** What the operator's role allows; the gateway decides, this only leaves out what it would refuse. */
export function useMay() {
  const role = useQuery(sessionQuery).data?.operator.role;
  return { own: role === "OWNER", operate: role === "OWNER" || role === "OPERATOR" };
}

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { api } from "../../api/calls";
import { IdempotencyKeys } from "../../api/idempotency";
import { shipmentQuery } from "../../api/queries";
import type { CreateShipment } from "../../api/types";

/**
 * Saves a shipment, then asks for its dispatch. When only the second step fails the shipment exists, so its error is
 * handed on with the shipment instead of sending the operator back to the form.
 */
export function useShip(onCreated: (shipmentId: string, dispatchError: unknown) => void) {
  const queryClient = useQueryClient();
  const keys = useRef(new IdempotencyKeys());
  return useMutation({
    mutationFn: async (body: CreateShipment) => {
      let shipment = await keys.current.run(body, (key) => api.createShipment(body, key));
      let dispatchError: unknown;
      try {
        shipment = await api.dispatchShipment(shipment.id);
      } catch (error) {
        dispatchError = error;
      }
      return { shipment, dispatchError };
    },
    onSuccess: ({ shipment, dispatchError }, body) => {
      queryClient.setQueryData(shipmentQuery(shipment.id).queryKey, shipment);
      queryClient.invalidateQueries({ queryKey: ["order", body.order_id] });
      queryClient.invalidateQueries({ queryKey: ["orders"] });
      onCreated(shipment.id, dispatchError);
    },
  });
}

import { createRoute } from "@tanstack/react-router";
import { OrderDetail } from "../features/order-detail/OrderDetail";
import { shellRoute } from "./shell";

export const orderRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/orders/$id",
  component: OrderPage,
});

function OrderPage() {
  const { id } = orderRoute.useParams();
  return <OrderDetail key={id} id={id} />;
}

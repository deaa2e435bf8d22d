import { createRoute, Navigate } from "@tanstack/react-router";
import { OrderBoard } from "../features/orders/OrderBoard";
import { texts } from "./search";
import { shellRoute } from "./shell";

export const homeRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/",
  component: () => <Navigate to="/orders" replace />,
});

export const ordersRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/orders",
  validateSearch: (search: Record<string, unknown>) => texts(search, "state", "channel", "q"),
  component: OrderBoard,
});

import { createRoute } from "@tanstack/react-router";
import { SendersPage } from "../features/senders/SendersPage";
import { shellRoute } from "./shell";

export const sendersRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/senders",
  component: SendersPage,
});

import { createRoute } from "@tanstack/react-router";
import { AccountsPage } from "../features/accounts/AccountsPage";
import { shellRoute } from "./shell";

export const accountsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/accounts",
  component: AccountsPage,
});

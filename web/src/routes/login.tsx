import { createRoute } from "@tanstack/react-router";
import { LoginPage } from "../features/session/LoginPage";
import { rootRoute } from "./root";
import { texts } from "./search";

export const loginRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/login",
  validateSearch: (search: Record<string, unknown>) => texts(search, "next"),
  component: LoginPage,
});

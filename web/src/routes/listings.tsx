import { createRoute } from "@tanstack/react-router";
import { ListingsPage } from "../features/listings/ListingsPage";
import { shellRoute } from "./shell";

export const listingsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/listings",
  component: ListingsPage,
});

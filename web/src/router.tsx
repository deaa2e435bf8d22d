import { createRouter, Outlet } from "@tanstack/react-router";
import { accountsRoute } from "./routes/accounts";
import { callsRoute } from "./routes/calls";
import { claimsRoute } from "./routes/claims";
import { coverageRoute } from "./routes/coverage";
import { effectsRoute } from "./routes/effects";
import { Crash, NotFound } from "./routes/fallbacks";
import { inquiriesRoute } from "./routes/inquiries";
import { listingsRoute } from "./routes/listings";
import { loginRoute } from "./routes/login";
import { orderRoute } from "./routes/order";
import { homeRoute, ordersRoute } from "./routes/orders";
import { rootRoute } from "./routes/root";
import { sendersRoute } from "./routes/senders";
import { shellRoute } from "./routes/shell";

export const router = createRouter({
  routeTree: rootRoute.addChildren([
    loginRoute,
    shellRoute.addChildren([
      homeRoute,
      ordersRoute,
      orderRoute,
      inquiriesRoute,
      claimsRoute,
      effectsRoute,
      listingsRoute,
      accountsRoute,
      coverageRoute,
      callsRoute,
      sendersRoute,
    ]),
  ]),
  defaultComponent: Outlet,
  defaultErrorComponent: Crash,
  defaultNotFoundComponent: NotFound,
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}

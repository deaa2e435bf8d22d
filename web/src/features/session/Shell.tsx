import { AppShell, Box, Burger, Group, NavLink, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import {
  IconBell,
  IconChecklist,
  IconLink,
  IconListDetails,
  IconMessageQuestion,
  IconPackages,
  IconPlugConnected,
  IconReceiptRefund,
  IconSend,
} from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, Navigate, Outlet, useLocation, useRouter } from "@tanstack/react-router";
import { useState } from "react";
import { sessionQuery } from "../../api/queries";
import type { Session } from "../../api/types";
import { Loading } from "../../components/Blank";
import { LanguageSwitch } from "../../components/LanguageSwitch";
import { Logo } from "../../components/Logo";
import { ProblemAlert } from "../../components/ProblemAlert";
import { useLanguage } from "../../i18n/useLanguage";
import { LiveBadge, LiveProvider } from "../orders/live";
import { OperatorMenu } from "./OperatorMenu";

/** Lets only operators through, and frames their screens. */
export function Shell() {
  const session = useQuery(sessionQuery);
  if (session.isPending) return <Loading py={160} />;
  if (session.error && !session.data) {
    return (
      <Box maw={560} mx="auto" py={120} px="md">
        <ProblemAlert error={session.error} onRetry={() => session.refetch()} />
      </Box>
    );
  }
  if (!session.data) return <ToLogin />;
  return (
    <LiveProvider>
      <Frame session={session.data} />
    </LiveProvider>
  );
}

function ToLogin() {
  // Where the operator was when the session was missed; the address changes while we leave.
  const router = useRouter();
  const [next] = useState(() => router.state.location.href);
  const home = next === "/" || next === "/orders";
  return <Navigate to="/login" search={home ? {} : { next }} replace />;
}

function Frame({ session }: { session: Session }) {
  const { t } = useLanguage();
  const [open, { toggle, close }] = useDisclosure();
  const path = useLocation({ select: (location) => location.pathname });
  const pages = [
    { to: "/orders", label: t("common.nav.orders"), icon: <IconPackages size={18} /> },
    {
      to: "/inquiries",
      label: t("common.nav.inquiries"),
      icon: <IconMessageQuestion size={18} />,
    },
    { to: "/claims", label: t("common.nav.claims"), icon: <IconReceiptRefund size={18} /> },
    { to: "/effects", label: t("common.nav.effects"), icon: <IconSend size={18} /> },
    { to: "/listings", label: t("common.nav.listings"), icon: <IconLink size={18} /> },
    { to: "/accounts", label: t("common.nav.accounts"), icon: <IconPlugConnected size={18} /> },
    { to: "/coverage", label: t("common.nav.coverage"), icon: <IconChecklist size={18} /> },
    { to: "/calls", label: t("common.nav.calls"), icon: <IconListDetails size={18} /> },
    { to: "/senders", label: t("common.nav.senders"), icon: <IconBell size={18} /> },
  ] as const;
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 200, breakpoint: "md", collapsed: { mobile: !open } }}
      padding={{ base: "sm", sm: "lg" }}
    >
      <a className="skip" href="#main">
        {t("common.skip")}
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap" gap="sm">
          <Group wrap="nowrap" gap="sm" miw={0}>
            <Burger
              opened={open}
              onClick={toggle}
              hiddenFrom="md"
              size="sm"
              aria-label={t("common.menu")}
            />
            <Logo />
            <Text c="dimmed" size="sm" truncate visibleFrom="sm">
              {session.merchant.name}
            </Text>
          </Group>
          <Group wrap="nowrap" gap="sm">
            <LiveBadge />
            <Box visibleFrom="sm">
              <LanguageSwitch />
            </Box>
            <OperatorMenu session={session} />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" component="nav">
        {pages.map((page) => (
          <NavLink
            key={page.to}
            component={Link}
            to={page.to}
            label={page.label}
            leftSection={page.icon}
            active={path.startsWith(page.to)}
            onClick={close}
            style={{ borderRadius: "var(--mantine-radius-md)" }}
          />
        ))}
      </AppShell.Navbar>
      <AppShell.Main id="main">
        <Outlet />
      </AppShell.Main>
    </AppShell>
  );
}

import {
  Button,
  Card,
  Center,
  Checkbox,
  Group,
  PasswordInput,
  Stack,
  Text,
  TextInput,
  Title,
} from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { useEffect } from "react";
import { api } from "../../api/calls";
import { sessionQuery } from "../../api/queries";
import { LanguageSwitch } from "../../components/LanguageSwitch";
import { Logo } from "../../components/Logo";
import { ProblemAlert } from "../../components/ProblemAlert";
import { useLanguage } from "../../i18n/useLanguage";

const route = getRouteApi("/login");

export function LoginPage() {
  const { t, fieldErrors } = useLanguage();
  const { next } = route.useSearch();
  const router = useRouter();
  const queryClient = useQueryClient();
  const session = useQuery(sessionQuery);
  const form = useForm({
    initialValues: { email: "", password: "", remember: false },
    validate: {
      email: (value) => (value.trim() ? null : t("session.emailMissing")),
      password: (value) => (value ? null : t("session.passwordMissing")),
    },
  });
  const logIn = useMutation({
    mutationFn: api.logIn,
    onSuccess: (answer) => {
      queryClient.clear();
      queryClient.setQueryData(sessionQuery.queryKey, answer);
    },
    onError: (error) => {
      form.setErrors(fieldErrors(error));
      form.setFieldValue("password", "");
    },
  });

  const loggedIn = Boolean(session.data);
  useEffect(() => {
    // Only paths of this screen: a foreign address in ?next= must not be followed.
    if (loggedIn) router.history.replace(next && /^\/(?!\/)/.test(next) ? next : "/orders");
  }, [loggedIn, next, router]);

  return (
    <Center mih="100vh" p="md">
      <Stack w="100%" maw={400} gap="lg">
        <Group justify="space-between">
          <Logo size={32} />
          <LanguageSwitch />
        </Group>
        <Card withBorder padding="xl" shadow="sm">
          <form
            noValidate
            onSubmit={form.onSubmit((values) =>
              logIn.mutate({ ...values, email: values.email.trim() }),
            )}
          >
            <Stack>
              <div>
                <Title order={1} size="h3">
                  {t("session.title")}
                </Title>
                <Text c="dimmed" size="sm" mt={2}>
                  {t("common.tagline")}
                </Text>
              </div>
              {next && !logIn.error && <Text size="sm">{t("session.ended")}</Text>}
              {logIn.error && <ProblemAlert error={logIn.error} inputs={["email", "password"]} />}
              {session.error && !logIn.error && (
                <ProblemAlert error={session.error} onRetry={() => session.refetch()} />
              )}
              <TextInput
                label={t("session.email")}
                type="email"
                name="email"
                autoComplete="username"
                inputMode="email"
                autoFocus
                {...form.getInputProps("email")}
              />
              <PasswordInput
                label={t("session.password")}
                name="password"
                autoComplete="current-password"
                {...form.getInputProps("password")}
              />
              <Checkbox
                label={t("session.remember")}
                description={t("session.rememberHint")}
                {...form.getInputProps("remember", { type: "checkbox" })}
              />
              <Button type="submit" loading={logIn.isPending} size="md">
                {t("session.submit")}
              </Button>
            </Stack>
          </form>
        </Card>
        <Text size="xs" c="dimmed" ta="center">
          {t("session.firstTime")}
        </Text>
      </Stack>
    </Center>
  );
}

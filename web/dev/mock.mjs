// A stand-in for the gateway, for looking at the screens: `npm run mock`, then `npm run dev`. Never shipped.
// Log in with any e-mail and the password "moa". Set MOCK_EMPTY=1 for an installation without orders.
import { createServer } from "node:http";
import { makeListings } from "./mock-listings.mjs";
import { PRODUCTS } from "./mock-orders.mjs";
import { Refusal } from "./mock-refusal.mjs";
import { makeRoutes, SESSION } from "./mock-routes.mjs";
import { makeWorld } from "./mock-world.mjs";

const PORT = Number(process.env.PORT ?? 8080);
const empty = process.env.MOCK_EMPTY === "1";
const world = makeWorld(empty);
world.listings = empty ? [] : makeListings(world, PRODUCTS);
const streams = new Set();
let loggedIn = process.env.MOCK_LOGGED_IN === "1";

function told(...ids) {
  for (const stream of streams) {
    stream.write(`event: orders\ndata: ${JSON.stringify({ order_ids: ids })}\n\n`);
  }
}

const routes = makeRoutes(world, told, () => {
  loggedIn = false;
});

async function handle(request, response) {
  const url = new URL(request.url, "http://mock");
  const path = url.pathname.replace(/^\/api\/v1/, "");
  let text = "";
  for await (const chunk of request) text += chunk;
  const body = text ? JSON.parse(text) : undefined;
  if (request.method === "POST" && path === "/session") {
    if (body.password !== "moa") {
      throw new Refusal(
        401,
        "CREDENTIALS_REFUSED",
        "로그인하지 못했습니다",
        "이메일이나 비밀번호가 맞지 않습니다. 다시 확인해 주세요.",
      );
    }
    loggedIn = true;
    return SESSION;
  }
  if (request.method === "GET" && path === "/session" && !loggedIn) {
    response.writeHead(204);
    response.end();
    return undefined;
  }
  if (!loggedIn)
    throw new Refusal(
      401,
      "SESSION_REQUIRED",
      "로그인이 필요합니다",
      "로그인한 뒤 다시 시도해 주세요.",
    );
  if (path === "/orders/stream") {
    response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
    response.write(": hello\n\n");
    streams.add(response);
    request.on("close", () => streams.delete(response));
    return undefined;
  }
  for (const [method, pattern, answer] of routes) {
    const match = new RegExp(`^${pattern.replace(":id", "([^/]+)")}$`).exec(path);
    if (match && method === request.method) {
      return answer({ id: match[1], query: url.searchParams, body }) ?? null;
    }
  }
  throw new Refusal(404, "NOT_FOUND", "없는 주소입니다", path);
}

createServer((request, response) => {
  handle(request, response).then(
    (answer) => {
      if (answer === undefined) return;
      response.writeHead(answer === null ? 204 : 200, { "Content-Type": "application/json" });
      response.end(answer === null ? undefined : JSON.stringify(answer));
    },
    (error) => {
      const problem = error.body ?? {
        title: "Mock failed",
        status: 500,
        detail: String(error.stack),
        reason: "INTERNAL",
      };
      response.writeHead(problem.status, { "Content-Type": "application/problem+json" });
      response.end(JSON.stringify(problem));
    },
  );
}).listen(PORT, "127.0.0.1", () => console.log(`mock gateway on http://127.0.0.1:${PORT}`));

if (!empty) {
  setInterval(() => told(world.placeOrder().id), Number(process.env.MOCK_EVERY_MS ?? 8000));
}

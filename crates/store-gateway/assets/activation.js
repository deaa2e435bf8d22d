// The token stands in the address's fragment and leaves the browser only in the body of a POST.
"use strict";
const TEXTS = {
  ko: {
    title: "상품 활성화", email: "이메일", password: "비밀번호 (8자 이상)", register: "가입하고 받기", logIn: "이미 계정이 있어요",
    explain: (name) => `구매하신 ‘${name}’을(를) 받으려면 계정이 필요합니다. 한 번 활성화하면 이 계정으로만 다시 볼 수 있습니다.`,
    explainAgain: (name) => `‘${name}’은(는) 이미 활성화되었습니다. 활성화한 계정으로 로그인하면 다시 볼 수 있습니다.`,
    done: (name) => `‘${name}’이(가) 활성화되었습니다.`, again: (name) => `이미 활성화하신 ‘${name}’입니다.`, open: "열기",
    errors: {
      ACTIVATION_TOKEN_UNKNOWN: "링크가 올바르지 않습니다. 받은 메시지의 링크 전체를 다시 열어 주세요.",
      ENTITLEMENT_REVOKED: "주문이 취소되어 이 상품은 더 이상 사용할 수 없습니다.",
      ENTITLEMENT_ALREADY_ACTIVATED: "이미 다른 계정에서 활성화된 상품입니다. 그 계정으로 로그인하거나 판매자에게 문의해 주세요.",
      CUSTOMER_EXISTS: "이미 가입된 이메일입니다. ‘이미 계정이 있어요’를 눌러 로그인해 주세요.",
      CREDENTIALS_REFUSED: "이메일 또는 비밀번호가 맞지 않습니다.",
      LOGIN_THROTTLED: "비밀번호를 여러 번 틀렸습니다. 잠시 후 다시 시도해 주세요.",
      EMAIL_MALFORMED: "이메일 주소를 확인해 주세요.", PASSWORD_TOO_SHORT: "비밀번호는 8자 이상이어야 합니다.",
      NETWORK: "연결할 수 없습니다. 인터넷 연결을 확인하고 다시 시도해 주세요.",
      OTHER: "잠시 문제가 생겼습니다. 조금 뒤 다시 시도해 주세요.",
    },
  },
  en: {
    title: "Activate your product", email: "E-mail", password: "Password (8 or more characters)", register: "Register and get it", logIn: "I have an account",
    explain: (name) => `To get “${name}” you need an account. Once activated, only this account can open it again.`,
    explainAgain: (name) => `“${name}” is activated already. Log in with the account that activated it to open it again.`,
    done: (name) => `“${name}” is activated.`, again: (name) => `You have activated “${name}” before.`, open: "Open",
    errors: {
      ACTIVATION_TOKEN_UNKNOWN: "This link is not valid. Open the whole link from the message again.",
      ENTITLEMENT_REVOKED: "The order was cancelled, so this product can no longer be used.",
      ENTITLEMENT_ALREADY_ACTIVATED: "Another account has activated this product. Log in with that account or ask the seller.",
      CUSTOMER_EXISTS: "There is an account with this address. Use “I have an account”.",
      CREDENTIALS_REFUSED: "The e-mail address or the password is wrong.",
      LOGIN_THROTTLED: "Too many wrong passwords. Try again in a moment.",
      EMAIL_MALFORMED: "Check the e-mail address.", PASSWORD_TOO_SHORT: "The password needs 8 or more characters.",
      NETWORK: "No connection. Check your internet connection and try again.",
      OTHER: "Something went wrong. Try again in a moment.",
    },
  },
};
const lang = navigator.language.startsWith("ko") ? "ko" : "en";
const t = TEXTS[lang];
const $ = (id) => document.getElementById(id);
const merchant_id = location.pathname.split("/")[2];
const token = location.hash.slice(1);

async function call(path, body) {
  let response;
  try {
    response = await fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  } catch {
    throw new Error("NETWORK");
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.reason || "OTHER");
  return answer;
}

function say(text, isError) {
  $("message").textContent = text;
  $("message").className = isError ? "error" : "";
}

function sayError(error) {
  say(t.errors[error.message] || t.errors.OTHER, true);
}

function show(activation) {
  $("form").hidden = true;
  say("", false);
  $("result").hidden = false;
  $("result-text").textContent = (activation.already_activated ? t.again : t.done)(activation.product_name);
  const content = activation.digital_content;
  if (/^https:\/\/\S+$/.test(content)) {
    $("content-link").href = content;
    $("content-link").textContent = t.open;
    $("content-link").hidden = false;
  } else {
    $("content-text").textContent = content;
    $("content-text").hidden = false;
  }
}

async function submit(event) {
  event.preventDefault();
  const registers = event.submitter === null || event.submitter.value === "register";
  const buttons = [$("register"), $("log-in")];
  buttons.forEach((button) => (button.disabled = true));
  try {
    const credentials = { merchant_id, email: $("email").value, password: $("password").value };
    await call(registers ? "/api/v1/customers" : "/api/v1/session", credentials);
    show(await call("/api/v1/activations/redeem", { merchant_id, token }));
  } catch (error) {
    sayError(error);
  } finally {
    buttons.forEach((button) => (button.disabled = false));
  }
}

async function start() {
  document.documentElement.lang = lang;
  document.title = t.title;
  $("title").textContent = t.title;
  $("label-email").textContent = t.email;
  $("label-password").textContent = t.password;
  $("register").textContent = t.register;
  $("log-in").textContent = t.logIn;
  try {
    const preview = await call("/api/v1/activations/preview", { merchant_id, token });
    say("", false);
    const name = [preview.product_name, preview.option_name].filter(Boolean).join(" ");
    $("explain").textContent = (preview.activated ? t.explainAgain : t.explain)(name);
    if (preview.activated) $("register").hidden = true;
    $("form").hidden = false;
    $("form").addEventListener("submit", submit);
  } catch (error) {
    sayError(error);
  }
}

// Another link in the same tab differs in its fragment only, and browsers then keep the page.
addEventListener("hashchange", () => location.reload());
start();

// Buttons call the control desk; the page shows itself anew after that, and every few seconds.
const toast = document.getElementById('toast');
let busy = false;

async function call(method, path, body) {
  const answer = await fetch('/control/' + path, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!answer.ok) {
    const error = (await answer.json()).error;
    throw new Error(error.field ? error.field + ': ' + error.reason : error.reason);
  }
}

async function run(button, work) {
  if (busy) return;
  busy = true;
  button.disabled = true;
  try {
    await work();
    location.reload();
  } catch (error) {
    toast.textContent = error.message;
    toast.className = 'bad';
    busy = false;
    button.disabled = false;
    setTimeout(() => { toast.className = ''; }, 6000);
  }
}

document.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-path]');
  if (!button) return;
  if (button.dataset.warning) {
    busy = true;
    const goOn = confirm(button.dataset.warning);
    busy = false;
    if (!goOn) return;
  }
  const body = JSON.parse(button.dataset.body);
  if (button.dataset.question) {
    busy = true;
    const text = prompt(button.dataset.question);
    busy = false;
    if (!text) return;
    body.text = text;
  }
  run(button, () => call(button.dataset.method, button.dataset.path, body));
});

document.addEventListener('submit', (event) => {
  event.preventDefault();
  const form = event.target;
  const body = { channel: form.dataset.channel, count: Number(form.count.value), kind: form.kind.value };
  run(form.querySelector('button'), () => call('POST', 'orders', body));
});

setInterval(() => {
  const typing = document.activeElement && /INPUT|SELECT/.test(document.activeElement.tagName);
  if (!busy && !typing && !document.hidden && !toast.className) location.reload();
}, 5000);

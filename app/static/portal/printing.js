/* A job that is under way is taken on until it is done; its page is the engine, so closing it only pauses the job. */
(function () {
  "use strict";
  const job = document.querySelector("[data-job]");
  if (!job || job.dataset.state !== "RUNNING") return;
  const token = job.querySelector("input[name=csrf_token]").value;
  const bar = job.querySelector("progress"), seen = job.querySelector("[data-seen]");
  async function on() {
    const sent = await fetch(job.dataset.job, { method: "POST", headers: { "X-CSRFToken": token, "Accept": "application/json" } });
    if (!sent.ok) return;
    const said = await sent.json();
    bar.value = said.seen;
    seen.textContent = said.seen;
    if (said.state === "RUNNING") on(); else location.reload();
  }
  on();
})();

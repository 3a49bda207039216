// Copies a poem, line by line as it is shown, when its button is pressed.
if (!window.duendeCopies) {
  window.duendeCopies = true;
  const write = async (text) => {
    if (navigator.clipboard && window.isSecureContext) {
      return navigator.clipboard.writeText(text);
    }
    // A page that is served without TLS has no clipboard of its own: the old way.
    const area = document.createElement("textarea");
    area.value = text;
    area.style.position = "fixed";
    area.style.opacity = "0";
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  };
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button.copy");
    if (!button) return;
    const poem = document.getElementById(button.dataset.poem);
    if (!poem) return;
    const verses = [...poem.querySelectorAll(".verse")].map((verse) => verse.textContent);
    await write(verses.join("\n"));
    const label = button.textContent;
    if (label === button.dataset.copied) return;
    button.textContent = button.dataset.copied;
    setTimeout(() => { button.textContent = label; }, 1600);
  });
}

// On a small screen the poem begins below the form: bring it into view when it does.
if (!window.duendeShows) {
  window.duendeShows = true;
  let wanted = new URLSearchParams(location.search).has("seed");
  document.addEventListener("click", (event) => {
    if (event.target.closest(".st-key-write, .st-key-another")) wanted = true;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.closest(".st-key-first_line")) wanted = true;
  });
  // Going back changes the address alone; the page that belongs to it is read again.
  window.addEventListener("popstate", () => location.reload());
  new MutationObserver(() => {
    const paper = wanted && document.querySelector(".poem[aria-busy]")?.closest(".st-key-paper");
    if (!paper) return;
    wanted = false;
    if (paper.getBoundingClientRect().top > 0.6 * window.innerHeight) {
      const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
      paper.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "start" });
    }
  }).observe(document.body, { childList: true, subtree: true });
}

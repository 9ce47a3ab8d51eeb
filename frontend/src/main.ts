/** Entry of every page: styles, HTMX, the shell's small behaviours, and the islands, each loaded only where it stands. */
import "@tabler/core/dist/css/tabler.min.css";
import "./css/lianfang.css";

import { startHtmx } from "./shell/htmx";
import { mountIslands } from "./islands/mount";
import { startLeaving } from "./shell/leaving";
import { startMenus } from "./shell/menus";
import { startSharing } from "./shell/sharing";
import { startRows } from "./shell/rows";
import { startShortcuts } from "./shell/shortcuts";
import { startStale } from "./shell/stale";
import { startTheme } from "./shell/theme";

startHtmx();
startTheme();
startMenus();
startLeaving();
startRows();
startSharing();
startShortcuts();
startStale();
mountIslands(document);
document.addEventListener("htmx:afterSettle", (event) => {
  mountIslands(event.target instanceof Element ? event.target : document);
});

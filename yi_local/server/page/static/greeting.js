// What stands where nothing has been said yet.

import { byId, make } from "./dom.js";
import { say } from "./words.js";

const IDEAS = ["idea_explain", "idea_code", "idea_plan", "idea_poem"];

export function greet(about, model, suggest) {
  const hasModel = about.models.length > 0;
  byId("hello").textContent = say(hasModel ? "hello" : "hello_none");
  const title = about.models.find((each) => each.name === model)?.title || model;
  byId("hello-more").textContent = say(hasModel ? "hello_more" : "hello_none_more", { model: title ?? "" });
  const ideas = hasModel ? IDEAS : [];
  byId("ideas").replaceChildren(
    ...ideas.map((key) =>
      make("li", {}, make("button", { type: "button", class: "idea", on: { click: () => suggest(say(key)) } }, say(key))),
    ),
  );
}

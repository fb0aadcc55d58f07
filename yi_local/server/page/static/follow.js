// Stays at the end of a growing page, unless its reader has gone elsewhere.

const NEAR_PX = 60;

export class Follower {
  #scroller;
  #button;
  #follows = true;
  #last = 0;

  constructor(scroller, button) {
    [this.#scroller, this.#button] = [scroller, button];
    scroller.addEventListener("scroll", () => this.#look(), { passive: true });
    button.addEventListener("click", () => this.toEnd());
    new ResizeObserver(() => this.grown()).observe(scroller);
  }

  // To be called whenever the content has changed.
  grown() {
    if (this.#follows) this.#scroller.scrollTop = this.#scroller.scrollHeight;
    this.#show();
  }

  toEnd() {
    this.#follows = true;
    this.grown();
  }

  // Whatever changes around it, what is being read stays where it is: `element`, or what comes in its place.
  async keeping(element, change, after = () => element) {
    const before = element?.getBoundingClientRect().top ?? 0;
    this.#follows = false;
    await change();
    const now = after();
    if (now?.isConnected) this.#scroller.scrollTop += now.getBoundingClientRect().top - before;
    this.#look();
  }

  #look() {
    const { scrollTop } = this.#scroller;
    if (this.#rest() <= NEAR_PX) this.#follows = true;
    else if (scrollTop < this.#last) this.#follows = false; // upwards: only a reader does that
    this.#last = scrollTop;
    this.#show();
  }

  #rest() {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    return scrollHeight - scrollTop - clientHeight;
  }

  #show() {
    this.#button.hidden = this.#rest() <= NEAR_PX * 2;
  }
}

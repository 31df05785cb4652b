// An exposure put together again from the events in which it comes: rows that seldom change, what is seen first, the rest.
import type { Exposure, ExposureEvent, ExposureMap, GreeksEvent, ListingEvent } from "./contract";
import type { Greek } from "./view";

export class Assembly {
  private listing: ListingEvent = { listing: "", map: {} };
  private newest: { listing: string; exposure: Exposure } | null = null;

  rows(event: ListingEvent): void { this.listing = event; }

  /** The exposure of an event, with its rows. */
  exposure(event: ExposureEvent): Exposure {
    const book = event.exposure.books?.[0];
    if (book?.map !== undefined) {
      if (event.listing !== this.listing.listing) throw new Error(`revision ${event.revision} came without its rows`);
      book.map = { ...this.listing.map, ...book.map };
    }
    this.newest = { listing: event.listing, exposure: event.exposure };
    return event.exposure;
  }

  /** The exposure that the columns of the other Greeks belong to, now with them; null where a newer one has come. */
  greeks(event: GreeksEvent): Exposure | null {
    const held = this.newest, book = held?.exposure.books?.[0];
    if (held === null || held.exposure.revision !== event.revision || held.listing !== event.listing) return null;
    if (book?.map !== undefined) Object.assign(book.map, event.map);
    return held.exposure;
  }
}

/** True where the map of a Greek can be drawn: gamma is in the first event, the others follow it. */
export function isWhole(map: ExposureMap | undefined, greek: Greek): boolean {
  return greek === "gamma" || map === undefined || map.delta_exposure !== undefined;
}

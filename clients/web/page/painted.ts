// When what was drawn is on screen, said where measurements and tests look: data-… of the document.
import type { Exposure } from "./contract";

/** Instants of an exposure on its way: heard and sent by the gateway (ms since 1970), arrived and parsed here (performance.now). */
export interface Stages { heard: number; sent: number; arrived: number; parsed: number }

/** Call once drawn: this frame shows it where `inFrame`, else the next; the first task after that frame says when. */
export function painted(exposure: Exposure, positioning: string, stages: Stages | null, inFrame: boolean): void {
  const drawn = performance.now();
  const frame = (): void => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => {
      channel.port1.close();
      const origin = performance.timeOrigin, data = document.documentElement.dataset;
      if (stages !== null) data.stages = JSON.stringify({ ...stages, arrived: origin + stages.arrived, parsed: origin + stages.parsed, drawn: origin + drawn });
      Object.assign(data, { revision: String(exposure.revision), positioning, underlying: exposure.underlying, paintedMs: String(origin + performance.now()) });
    };
    channel.port2.postMessage(null);
  };
  if (inFrame) frame();
  else requestAnimationFrame(frame);
}

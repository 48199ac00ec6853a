// Time while playing: our own clock over the timestamps of the frames, or the sound's clock while sound is heard.
// It answers "which frame is due now"; it never draws and never loads.

/** Last frame whose timestamp is not after `seconds`. */
export function frameAt(timestamps, seconds) {
  let low = 0;
  let high = timestamps.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (timestamps[middle] <= seconds + 1e-6) low = middle;
    else high = middle - 1;
  }
  return low;
}

export class Clock {
  /** @param {Float64Array} timestamps seconds @param {HTMLAudioElement|null} audio first sample at the first frame */
  constructor(timestamps, audio) {
    this.timestamps = timestamps;
    this.audio = audio;
    this.speed = 1;
    this.muted = false;
    this.playing = false;
    this.range = null; // [first, last] that a loop repeats
    this.base = 0;
    this.since = 0;
  }

  get audible() {
    return Boolean(this.audio) && !this.muted && this.speed === 1;
  }

  /** Length of time a frame is shown; the last one lasts as long as the one before. */
  end(frame) {
    const t = this.timestamps;
    if (frame + 1 < t.length) return t[frame + 1];
    return t[frame] + (frame > 0 ? t[frame] - t[frame - 1] : 0.04);
  }

  play(frame, now) {
    this.playing = true;
    this.rebase(this.timestamps[frame], now);
  }

  rebase(seconds, now) {
    this.base = seconds;
    this.since = now;
    if (!this.audio) return;
    if (this.playing && this.audible) {
      if (Math.abs(this.audio.currentTime - seconds) > 0.03) this.audio.currentTime = seconds;
      // Refused autoplay is no reason to stop the picture.
      this.audio.play().catch(() => {});
    } else this.audio.pause();
  }

  pause() {
    this.playing = false;
    this.audio?.pause();
  }

  setSpeed(speed, now) {
    const seconds = this.seconds(now);
    this.speed = speed;
    if (this.playing) this.rebase(seconds, now);
  }

  setMuted(muted, now) {
    const seconds = this.seconds(now);
    this.muted = muted;
    if (this.playing) this.rebase(seconds, now);
  }

  seconds(now) {
    const own = this.base + ((now - this.since) / 1000) * this.speed;
    const heard = this.playing && this.audible && !this.audio.paused && this.audio.readyState >= 3;
    if (heard && Math.abs(this.audio.currentTime - own) < 0.5) {
      // What is heard and seen must agree; small steps of the sound's clock are smoothed by our own.
      const drift = this.audio.currentTime - own;
      if (Math.abs(drift) > 0.02) this.base += drift * 0.2;
    }
    return own;
  }

  /** The picture was not ready: time stands still at this frame until it is. */
  hold(frame, now) {
    this.base = this.timestamps[frame];
    this.since = now;
    if (this.audio && !this.audio.paused) this.audio.pause();
    this.held = true;
  }

  /** @returns {{frame: number, ended: boolean, wrapped: boolean}} the frame due at `now` */
  tick(now) {
    if (this.held) {
      this.held = false;
      this.rebase(this.base, now);
    }
    const seconds = this.seconds(now);
    const [first, last] = this.range ?? [0, this.timestamps.length - 1];
    if (seconds < this.end(last)) return { frame: Math.min(last, frameAt(this.timestamps, seconds)), ended: false, wrapped: false };
    if (this.range) {
      this.rebase(this.timestamps[first], now);
      return { frame: first, ended: false, wrapped: true };
    }
    return { frame: last, ended: true, wrapped: false };
  }
}

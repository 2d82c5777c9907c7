// The device stopped computing: what a run can no longer recover from, but can still save before.

import { OperationalError } from "../operational-error.ts";

/** A device is lost, refused work, or is out of memory. Values read from it are worth nothing. */
export class DeviceError extends OperationalError {}

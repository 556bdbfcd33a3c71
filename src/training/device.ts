/** What whoever drives an algorithm needs to know of devices, to fill `Resources.device`. */
export { createDevice, type Device } from '../engine/device';
export { providers, type Provider } from '../engine/provider';
export { supportedProviders } from '../engine/session';

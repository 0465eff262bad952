import { startTestAdmin, type TestAdmin } from './admin.ts';
import { GatewayDouble } from './gateway-double.ts';
import { Caller } from './http.ts';

/** The double of a gateway and an admin beside it, for all tests of a file. */
export class AdminDesk {
  readonly gateway = new GatewayDouble();
  #admin: TestAdmin | undefined;

  /** `caller` is signed in as `admin`, who may do everything. */
  async start(): Promise<{ admin: TestAdmin; caller: Caller }> {
    await this.gateway.start();
    const admin = await startTestAdmin(this.gateway);
    this.#admin = admin;
    return { admin, caller: new Caller(admin.address, admin.headers) };
  }

  async stop(): Promise<void> {
    await this.#admin?.stop();
    await this.gateway.stop();
  }
}

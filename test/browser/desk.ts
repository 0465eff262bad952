import type { BrowserContext, Locator, Page } from 'playwright-core';
import { testPassword } from '../support/sign-in.ts';

/** What the browser itself says of answers the page deals with. */
const answered =
  /Failed to load resource: the server responded with a status of (400|401|403|404|409|429|503)|WebSocket connection to .* failed/;
/** What it says of a server that is away: at no other time. */
const unreachable = /ERR_CONNECTION_(REFUSED|RESET)/;

/** An operator at the dashboard: a page of their own, with what it complained of. */
export class Desk {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors of the page and everything the console called an error, the policy of the page included. */
  readonly complaints: string[] = [];
  /** The server is away on purpose, or on its way back. */
  isServerAway = false;
  readonly #address: string;

  private constructor(context: BrowserContext, page: Page, address: string) {
    this.context = context;
    this.page = page;
    this.#address = address;
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' && !this.#isExpected(message.text()))
        this.complaints.push(message.text());
    });
  }

  #isExpected(text: string): boolean {
    return unreachable.test(text) ? this.isServerAway : answered.test(text);
  }

  static async open(context: BrowserContext, address: string): Promise<Desk> {
    return new Desk(context, await context.newPage(), address);
  }

  url(path: string): string {
    return `${this.#address}${path}`;
  }

  async go(path: string): Promise<void> {
    await this.page.goto(this.url(path));
  }

  /** Fills in the sign-in that stands in the place of the page. */
  async signIn(name = 'admin', password = testPassword): Promise<void> {
    await this.page.getByLabel('Name').fill(name);
    await this.page.getByLabel('Password').fill(password);
    await this.button('Sign in').click();
  }

  /** Waits until the text stands somewhere on the page. */
  async see(text: string | RegExp, timeoutMs = 20_000): Promise<void> {
    await this.page.getByText(text).first().waitFor({ timeout: timeoutMs });
  }

  /** Writes a filter into the search box of the device table. */
  async search(text: string): Promise<void> {
    const box = this.page.locator('#search');
    await box.focus();
    await this.page.locator('#search[role="combobox"]').fill(text);
  }

  /** A row of the device table. */
  row(id: string): Locator {
    return this.page.locator(`[role="row"][data-id=${JSON.stringify(id)}]`);
  }

  /** A cell of it by the name of its column. */
  cell(id: string, column: string): Locator {
    return this.row(id).locator(`[data-column="${column}"]`);
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name });
  }

  dialog(name?: string | RegExp): Locator {
    return this.page.getByRole('alertdialog', name === undefined ? {} : { name });
  }
}

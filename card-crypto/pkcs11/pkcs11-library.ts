// What we use of PKCS#11 (package pkcs11js, installed by who has an HSM: it is compiled on the machine, so it is not among our own
// packages), and the session that all of it goes through.

type Handle = object
type Attribute = { type: number; value?: number | boolean | string | Buffer }

/** The part of pkcs11js that is called here. */
interface Pkcs11 {
  load(path: string): void
  C_Initialize(): void
  C_Finalize(): void
  C_GetSlotList(tokenPresent: boolean): Handle[]
  C_GetTokenInfo(slot: Handle): { label: string }
  C_OpenSession(slot: Handle, flags: number): Handle
  C_CloseSession(session: Handle): void
  C_Login(session: Handle, userType: number, pin: string): void
  C_CreateObject(session: Handle, template: Attribute[]): Handle
  C_GenerateKey(session: Handle, mechanism: { mechanism: number }, template: Attribute[]): Handle
  C_FindObjectsInit(session: Handle, template: Attribute[]): void
  C_FindObjects(session: Handle, count: number): Handle[]
  C_FindObjectsFinal(session: Handle): void
  C_GetAttributeValue(session: Handle, object: Handle, template: Attribute[]): Attribute[]
  C_EncryptInit(session: Handle, mechanism: { mechanism: number }, key: Handle): void
  C_Encrypt(session: Handle, input: Buffer, output: Buffer): Buffer
  C_GenerateRandom(session: Handle, buffer: Buffer): Buffer
}

type Constants = Record<
  | 'CKF_SERIAL_SESSION'
  | 'CKF_RW_SESSION'
  | 'CKA_CLASS'
  | 'CKA_KEY_TYPE'
  | 'CKA_LABEL'
  | 'CKA_TOKEN'
  | 'CKA_PRIVATE'
  | 'CKA_SENSITIVE'
  | 'CKA_EXTRACTABLE'
  | 'CKA_ENCRYPT'
  | 'CKA_VALUE'
  | 'CKO_SECRET_KEY'
  | 'CKK_DES2'
  | 'CKM_DES2_KEY_GEN'
  | 'CKM_DES3_ECB'
  | 'CKU_USER',
  number
>

export interface Pkcs11Token {
  /** Path of the vendor's library. */
  library: string
  /** Label of the token. */
  token: string
  pin: string
}

/** Null where the package is not installed. */
export async function loadPkcs11(): Promise<({ PKCS11: new () => Pkcs11 } & Constants) | null> {
  try {
    // Not a literal: the package is nobody's dependency here.
    const name = 'pkcs11js'
    const loaded = (await import(name)) as { default?: object }
    return (loaded.default ?? loaded) as { PKCS11: new () => Pkcs11 } & Constants
  } catch {
    return null
  }
}

/** Two-key triple DES in a token: keys that never leave it, found by their labels. */
export class DesToken {
  readonly #library: Pkcs11
  readonly #is: Constants
  readonly #session: Handle

  private constructor(library: Pkcs11, constants: Constants, session: Handle) {
    this.#library = library
    this.#is = constants
    this.#session = session
  }

  /** Throws where the package, the library or the token is missing. */
  static async open({ library: path, token, pin }: Pkcs11Token): Promise<DesToken> {
    const pkcs11 = await loadPkcs11()
    if (pkcs11 === null) throw new Error('the package pkcs11js is not installed: npm install --no-save pkcs11js@2.1.7')
    const library = new pkcs11.PKCS11()
    library.load(path)
    library.C_Initialize()
    const slot = library.C_GetSlotList(true).find((each) => library.C_GetTokenInfo(each).label.trim() === token)
    if (!slot) throw new Error(`there is no token ${token}`)
    const session = library.C_OpenSession(slot, pkcs11.CKF_RW_SESSION | pkcs11.CKF_SERIAL_SESSION)
    library.C_Login(session, pkcs11.CKU_USER, pin)
    return new DesToken(library, pkcs11, session)
  }

  generate(label: string): void {
    this.#library.C_GenerateKey(this.#session, { mechanism: this.#is.CKM_DES2_KEY_GEN }, this.#template(label))
  }

  bringIn(label: string, bytes: Uint8Array): void {
    const value = { type: this.#is.CKA_VALUE, value: Buffer.from(bytes) }
    const kind = [
      { type: this.#is.CKA_CLASS, value: this.#is.CKO_SECRET_KEY },
      { type: this.#is.CKA_KEY_TYPE, value: this.#is.CKK_DES2 }
    ]
    this.#library.C_CreateObject(this.#session, [...kind, ...this.#template(label), value])
  }

  labels(): string[] {
    return this.#find([]).map((object) => {
      const [label] = this.#library.C_GetAttributeValue(this.#session, object, [{ type: this.#is.CKA_LABEL }])
      return Buffer.from(label!.value as Buffer).toString()
    })
  }

  has(label: string): boolean {
    return this.#find([{ type: this.#is.CKA_LABEL, value: label }]).length > 0
  }

  /** Whole blocks, each by itself; undefined when there is no such key. */
  encrypt(label: string, blocks: Uint8Array): Uint8Array | undefined {
    const [key] = this.#find([{ type: this.#is.CKA_LABEL, value: label }])
    if (!key) return undefined
    this.#library.C_EncryptInit(this.#session, { mechanism: this.#is.CKM_DES3_ECB }, key)
    return new Uint8Array(this.#library.C_Encrypt(this.#session, Buffer.from(blocks), Buffer.alloc(blocks.length + 8)))
  }

  random(bytes: number): Uint8Array {
    return new Uint8Array(this.#library.C_GenerateRandom(this.#session, Buffer.alloc(bytes)))
  }

  close(): void {
    this.#library.C_CloseSession(this.#session)
    this.#library.C_Finalize()
  }

  #template(label: string): Attribute[] {
    const { CKA_LABEL, CKA_TOKEN, CKA_PRIVATE, CKA_SENSITIVE, CKA_EXTRACTABLE, CKA_ENCRYPT } = this.#is
    return [
      { type: CKA_LABEL, value: label },
      ...[CKA_TOKEN, CKA_PRIVATE, CKA_SENSITIVE, CKA_ENCRYPT].map((type) => ({ type, value: true })),
      { type: CKA_EXTRACTABLE, value: false }
    ]
  }

  #find(template: Attribute[]): Handle[] {
    this.#library.C_FindObjectsInit(this.#session, [
      { type: this.#is.CKA_CLASS, value: this.#is.CKO_SECRET_KEY },
      ...template
    ])
    try {
      return this.#library.C_FindObjects(this.#session, 1000)
    } finally {
      this.#library.C_FindObjectsFinal(this.#session)
    }
  }
}

// The port to whoever sends text messages to phones. A key that is sent twice is delivered once; 'later' may be tried again under it.

export interface TextMessage {
  key: string
  phone: string
  text: string
}

export interface SmsSender {
  send(message: TextMessage, now: Date): Promise<'sent' | 'refused' | 'later'>
}

export async function explainView() {}

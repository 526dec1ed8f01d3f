// Cities by the names travellers from elsewhere know; what is not in the list is shown as it is.
const english = {
  广州: 'Guangzhou',
  深圳: 'Shenzhen',
  珠海: 'Zhuhai',
  汕头: 'Shantou',
  佛山: 'Foshan',
  韶关: 'Shaoguan',
  河源: 'Heyuan',
  梅州: 'Meizhou',
  惠州: 'Huizhou',
  汕尾: 'Shanwei',
  东莞: 'Dongguan',
  中山: 'Zhongshan',
  江门: 'Jiangmen',
  阳江: 'Yangjiang',
  湛江: 'Zhanjiang',
  茂名: 'Maoming',
  肇庆: 'Zhaoqing',
  清远: 'Qingyuan',
  潮州: 'Chaozhou',
  揭阳: 'Jieyang',
  云浮: 'Yunfu',
  海口: 'Haikou',
  三亚: 'Sanya',
  香港: 'Hong Kong',
  澳门: 'Macao'
}

export function cityInEnglish(city) {
  return english[city] ?? city
}

/** 广州 for Guangzhou, guang zhou or gUANGZHOU; anything else as it was typed. */
export function cityOfTyped(typed) {
  const bare = (text) => text.toLowerCase().replaceAll(/[^a-z]/g, '')
  const wanted = bare(typed)
  return wanted === '' ? typed : (Object.keys(english).find((city) => bare(english[city]) === wanted) ?? typed)
}

// Certificates that entitle to a lower fare beside the age in a document.
import { both } from '../shell/language.js'

export const certificateNames = {
  'disabled-serviceman': both('残疾军人证', 'Disabled serviceman'),
  'disabled-police': both('伤残人民警察证', 'Disabled police'),
  'senior-card': both('老年证', 'Senior card'),
  student: both('学生证', 'Student card')
}

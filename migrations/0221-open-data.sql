-- Where places are, for open data and maps. Without a row a place is shown where its city is.
create table place_position (
  place integer primary key references place,
  latitude numeric(8, 5) not null check (latitude between -90 and 90),
  longitude numeric(8, 5) not null check (longitude between -180 and 180),
  sample boolean not null default false
);

create table city_position (
  city text primary key,
  latitude numeric(8, 5) not null check (latitude between -90 and 90),
  longitude numeric(8, 5) not null check (longitude between -180 and 180)
);
select guard('place_position'), guard('city_position');

-- The middles of the cities we serve, to about a kilometre: general knowledge, good enough for a map of a province.
select set_config('app.tx', 'migration', true);
insert into city_position (city, latitude, longitude) values
  ('广州', 23.129, 113.264), ('深圳', 22.543, 114.058), ('珠海', 22.271, 113.577), ('汕头', 23.354, 116.682), ('佛山', 23.022, 113.121),
  ('韶关', 24.811, 113.597), ('河源', 23.744, 114.700), ('梅州', 24.288, 116.122), ('惠州', 23.112, 114.416), ('汕尾', 22.786, 115.375),
  ('东莞', 23.021, 113.752), ('中山', 22.516, 113.392), ('江门', 22.579, 113.082), ('阳江', 21.858, 111.982), ('湛江', 21.271, 110.359),
  ('茂名', 21.663, 110.925), ('肇庆', 23.047, 112.465), ('清远', 23.682, 113.056), ('潮州', 23.657, 116.622), ('揭阳', 23.550, 116.373),
  ('云浮', 22.915, 112.044), ('海口', 20.044, 110.199), ('香港', 22.287, 114.158), ('澳门', 22.198, 113.543);
